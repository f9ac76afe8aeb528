// NaN and infinity by their bits: WGSL lets an implementation assume that neither occurs, so comparisons cannot find them.

// Not `const`: an expression that a compiler can evaluate to NaN does not compile.
var<private> QUIET_NAN_BITS: u32 = 0x7fc00000u;
var<private> INFINITY_BITS: u32 = 0x7f800000u;

fn is_nan(x: f32) -> bool {
  return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u;
}

fn is_inf(x: f32) -> bool {
  return (bitcast<u32>(x) & 0x7fffffffu) == 0x7f800000u;
}

fn quiet_nan() -> f32 {
  return bitcast<f32>(QUIET_NAN_BITS);
}

fn infinity() -> f32 {
  return bitcast<f32>(INFINITY_BITS);
}

// The larger of two numbers; NaN if either is (as PyTorch's max, unlike WGSL's).
fn max_nan(a: f32, b: f32) -> f32 {
  if (is_nan(a)) { return a; }
  if (is_nan(b)) { return b; }
  return select(b, a, a > b);
}

// x / y as IEEE 754 has it; WGSL leaves division by zero open.
fn divide(x: f32, y: f32) -> f32 {
  if (y == 0.0) {
    if (x == 0.0 || is_nan(x)) { return quiet_nan(); }
    let negative = ((bitcast<u32>(x) ^ bitcast<u32>(y)) & 0x80000000u) != 0u;
    return select(infinity(), -infinity(), negative);
  }
  return x / y;
}
