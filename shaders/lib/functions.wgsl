// Functions that WGSL lacks, or has with less accuracy than these: what the tables of unary functions are made of. Joined
// with lib/nonfinite.wgsl.

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

// log(1 + x) without cancellation near 0, x > -1: there 2 · artanh(x / (2 + x)) by its series.
fn log1p_f32(x: f32) -> f32 {
  if (abs(x) < 0.3) {
    let s = x / (2.0 + x);
    let q = s * s;
    return 2.0 * s * (1.0 + q * (0.33333334 + q * (0.2 + q * (0.14285715 + q * 0.11111111))));
  }
  return log(1.0 + x);
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

// log(1 + e^x) that does not overflow.
fn softplus_f32(x: f32) -> f32 {
  if (x > 88.0) { return x; }
  return max(x, 0.0) + log1p_f32(exp(-min(abs(x), 88.0)));
}
