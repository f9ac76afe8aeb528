// The functions of one number that other kernels can apply on the way out, and chains can hold, by the codes of the table
// FUSABLE in src/ops/activation.ts. A code is always an override or a uniform's field, so in the first case the driver folds
// the switch away. Joined with lib/functions.wgsl and lib/nonfinite.wgsl.

const LARGEST: f32 = 3.4028234e38;
const GELU_C: f32 = 0.7978845608028654; // sqrt(2 / pi)

fn apply_unary(code: u32, x: f32, alpha: f32, beta: f32) -> f32 {
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
    case 14u: { return alpha * x + beta; }
    case 15u: {
      // Bounds at the ends of the range of f32 are none: infinities pass.
      let raised = select(x, alpha, x < alpha && alpha > -LARGEST);
      return select(raised, beta, raised > beta && beta < LARGEST);
    }
    case 16u: { return clamp(alpha * x + beta, 0.0, 1.0); }
    case 17u: {
      if (x <= -3.0) { return select(-0.0, quiet_nan(), is_inf(x)); } // -inf * 0 is NaN, as the formula has it
      return x * min(x * 0.16666667 + 0.5, 1.0);
    }
    case 18u: {
      if (alpha * x < -88.0) { return select(-0.0, quiet_nan(), is_inf(x)); }
      return x * sigmoid_f32(alpha * x);
    }
    case 19u: { return softplus_f32(x); }
    case 20u: {
      if (x < -88.0) { return select(-0.0, quiet_nan(), is_inf(x)); }
      return x * tanh_f32(softplus_f32(x));
    }
    case 21u: { return beta * select(x, alpha * expm1_f32(x), x < 0.0); }
    case 22u: { return erf_f32(x); }
    case 23u: { return divide(1.0, x); }
    case 24u: { return select(x / (1.0 + abs(x)), quiet_nan(), is_inf(x)); }
    case 25u: { return select(0.0, x, x > alpha); }
    case 26u: { return alpha * tanh_f32(beta * x); }
    default: { return x; }
  }
}
