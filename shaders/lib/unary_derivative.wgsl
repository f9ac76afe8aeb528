// Derivatives of the functions of lib/unary.wgsl, by the codes of the table FUSABLE in src/ops/activation.ts. `v` is the
// function's output or its input, as the table says there. Joined with lib/unary.wgsl and what that is joined with.

fn unary_derivative(code: u32, v: f32, alpha: f32, beta: f32) -> f32 {
  switch (code) {
    case 1u: { return select(1.0, 0.0, v <= 0.0 && !is_nan(v)); }
    case 2u: { return select(1.0, alpha, v <= 0.0 && !is_nan(v)); }
    case 3u: { return select(1.0, alpha * exp(v), v <= 0.0 && !is_nan(v)); }
    case 4u: {
      if (abs(v) > 14.0) { return select(0.0, 1.0, v > 0.0); }
      return 0.5 * (1.0 + erf_f32(v * 0.7071067811865476)) + v * exp(-0.5 * v * v) * 0.3989422804014327;
    }
    case 5u: {
      if (abs(v) > 14.0) { return select(0.0, 1.0, v > 0.0); }
      let t = tanh_f32(GELU_C * (v + 0.044715 * v * v * v));
      return 0.5 * (1.0 + t) + 0.5 * v * (1.0 - t * t) * GELU_C * (1.0 + 0.134145 * v * v);
    }
    case 6u: { return v * (1.0 - v); }
    case 7u: { return 1.0 - v * v; }
    case 8u: { return v; }
    case 9u: { return 1.0 / v; }
    case 10u: { return 0.5 / v; }
    case 11u: { return -1.0; }
    case 12u: { return sign(v); }
    case 13u, 14u: { return alpha; }
    case 15u: { return select(1.0, 0.0, (v < alpha && alpha > -LARGEST) || (v > beta && beta < LARGEST)); }
    case 16u: { return select(0.0, alpha, v > 0.0 && v < 1.0); }
    case 17u: {
      if (abs(v) >= 3.0) { return select(0.0, 1.0, v > 0.0); }
      return v * 0.33333334 + 0.5;
    }
    case 18u: {
      let s = sigmoid_f32(alpha * v);
      return s + alpha * v * s * (1.0 - s);
    }
    case 19u: { return sigmoid_f32(v); }
    case 20u: {
      let t = tanh_f32(softplus_f32(v));
      return t + v * (1.0 - t * t) * sigmoid_f32(v);
    }
    case 21u: { return beta * select(1.0, alpha * exp(v), v <= 0.0 && !is_nan(v)); }
    case 22u: { return 1.1283791670955126 * exp(-v * v); }
    case 23u: { return -v * v; }
    case 24u: {
      let d = 1.0 + abs(v);
      return 1.0 / (d * d);
    }
    case 25u: { return select(0.0, 1.0, v > alpha); }
    case 26u: {
      let t = tanh_f32(beta * v);
      return alpha * beta * (1.0 - t * t);
    }
    default: { return 1.0; }
  }
}
