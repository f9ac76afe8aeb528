// The functions of one number, by the codes of the table UNARY in src/ops/activation.ts. A code is always an override or
// a uniform's field, so in the first case the driver folds the switch away. Joined with lib/nonfinite.wgsl.

const GELU_C: f32 = 0.7978845608028654; // sqrt(2 / pi)

// erf to 1.2e-7: W. J. Cody's splits are dear in registers, so by the complementary form of Numerical Recipes (erfcc).
fn erf_f32(x: f32) -> f32 {
  let a = abs(x);
  if (a < 0.5) {
    // Series: keeps the relative error near 0, where the complement would cancel.
    let s = a * a;
    let p = 1.0 + s * (-0.33333333 + s * (0.1 + s * (-0.023809524 + s * (0.0046296296 + s * -0.00075757576))));
    return sign(x) * 1.1283791670955126 * a * p;
  }
  let t = 1.0 / (1.0 + 0.5 * a);
  let q = -1.26551223 + t * (1.00002368 + t * (0.37409196 + t * (0.09678418 + t * (-0.18628806 + t * (0.27886807
    + t * (-1.13520398 + t * (1.48851587 + t * (-0.82215223 + t * 0.17087277))))))));
  return sign(x) * (1.0 - t * exp(-a * a + q));
}

// e^x - 1 without cancellation near 0.
fn expm1_f32(x: f32) -> f32 {
  if (abs(x) < 0.35) {
    return x * (1.0 + x * (0.5 + x * (0.16666667 + x * (0.041666668 + x * (0.008333334 + x * (0.0013888889
      + x * 0.00019841270))))));
  }
  return exp(x) - 1.0;
}

// tanh that neither overflows (WGSL's may, through e^2x) nor loses small values, nor NaN in a comparison.
fn tanh_f32(x: f32) -> f32 {
  if (is_nan(x)) { return x; }
  let a = abs(x);
  if (a < 0.17) {
    let s = x * x;
    return x * (1.0 + s * (-0.33333334 + s * (0.13333334 + s * (-0.053968254 + s * 0.021869488))));
  }
  let e = exp(-2.0 * min(a, 20.0));
  return sign(x) * (1.0 - e) / (1.0 + e);
}

fn sigmoid_f32(x: f32) -> f32 {
  if (is_nan(x)) { return x; }
  // Both halves use an exponent that is not above 0, so nothing overflows.
  let e = exp(-min(abs(x), 88.0));
  return select(1.0, e, x < 0.0) / (1.0 + e);
}

fn apply_unary(code: u32, x: f32, alpha: f32) -> f32 {
  if (is_nan(x)) { return x; }
  switch (code) {
    case 1u: { return select(x, 0.0, x < 0.0); }
    case 2u: { return select(x, alpha * x, x < 0.0); }
    case 3u: { return select(x, alpha * expm1_f32(x), x < 0.0); }
    case 4u: {
      if (x < -14.0) { return select(-0.0, quiet_nan(), is_inf(x)); } // -inf * 0 is NaN, as the formula has it
      return 0.5 * x * (1.0 + erf_f32(x * 0.7071067811865476));
    }
    case 5u: {
      if (x < -14.0) { return select(-0.0, quiet_nan(), is_inf(x)); }
      if (x > 14.0) { return x; }
      return 0.5 * x * (1.0 + tanh_f32(GELU_C * (x + 0.044715 * x * x * x)));
    }
    case 6u: { return sigmoid_f32(x); }
    case 7u: { return tanh_f32(x); }
    case 8u: { return exp(x); }
    case 9u: {
      // WGSL leaves log outside (0, inf) open.
      if (x == 0.0) { return -infinity(); }
      if (x < 0.0) { return quiet_nan(); }
      return select(log(x), x, is_inf(x));
    }
    case 10u: { return select(sqrt(x), quiet_nan(), x < 0.0); }
    case 11u: { return -x; }
    case 12u: { return abs(x); }
    case 13u: { return alpha * x; }
    default: { return x; }
  }
}
