// The functions of one number that only kernels of their own apply, by the codes of the table RARE in src/ops/functions.ts:
// stands in for lib/unary.wgsl. Joined with lib/functions.wgsl, lib/trigonometry.wgsl and lib/nonfinite.wgsl.

fn apply_unary(code: u32, x: f32, alpha: f32, beta: f32) -> f32 {
  let negative = (bitcast<u32>(x) & 0x80000000u) != 0u;
  if (code == 40u) { return select(0.0, 1.0, is_nan(x)); }
  if (code == 41u) { return select(0.0, 1.0, is_inf(x) && select(beta, alpha, negative) != 0.0); }
  if (code == 42u) { return select(0.0, 1.0, x == 0.0 && !is_nan(x)); }
  if (is_nan(x)) { return x; }
  switch (code) {
    case 44u: { return select(x, alpha * expm1_f32(x / alpha), x < 0.0); }
    case 46u: { return select(select(0.0, x - beta, x > alpha), x + beta, x < -alpha); }
    case 47u: { return floor(x); }
    case 48u: { return ceil(x); }
    case 49u: { return round(x); }
    case 50u: { return sign(x); }
    case 51u: { return sin_f32(x); }
    case 52u: { return cos_f32(x); }
    case 53u: { return tan_f32(x); }
    case 54u: { return asin_f32(x); }
    case 55u: { return 1.5707963267948966 - asin_f32(x); }
    case 56u: { return atan_f32(x); }
    case 57u: { return sinh_f32(x); }
    case 58u: { return cosh_f32(x); }
    case 59u: { return asinh_f32(x); }
    case 60u: { return acosh_f32(x); }
    case 61u: { return atanh_f32(x); }
    default: { return x; }
  }
}
