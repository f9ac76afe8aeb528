// Derivatives of the functions of lib/unary_rare.wgsl, by the codes of the table RARE in src/ops/functions.ts: stands in for
// lib/unary_derivative.wgsl. Functions that only step have derivative 0. Joined with what lib/unary_rare.wgsl is joined with.

fn unary_derivative(code: u32, v: f32, alpha: f32, beta: f32) -> f32 {
  switch (code) {
    case 44u: { return select(1.0, exp(v / alpha), v < 0.0); }
    case 46u: { return select(0.0, 1.0, abs(v) > alpha); }
    case 51u: { return cos_f32(v); }
    case 52u: { return -sin_f32(v); }
    case 53u: { return 1.0 + v * v; }
    case 54u: { return inverseSqrt((1.0 - v) * (1.0 + v)); }
    case 55u: { return -inverseSqrt((1.0 - v) * (1.0 + v)); }
    case 56u: { return 1.0 / (1.0 + v * v); }
    case 57u: { return cosh_f32(v); }
    case 58u: { return sinh_f32(v); }
    case 59u: { return inverseSqrt(1.0 + v * v); }
    case 60u: { return inverseSqrt((v - 1.0) * (v + 1.0)); }
    case 61u: { return 1.0 / ((1.0 - v) * (1.0 + v)); }
    default: { return 0.0; }
  }
}
