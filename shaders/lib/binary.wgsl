// The functions of two numbers, by the codes of the table BINARY in src/ops/elementwise/binary.ts. Joined with
// lib/nonfinite.wgsl.

fn divide(x: f32, y: f32) -> f32 {
  if (y == 0.0) {
    // WGSL leaves division by zero open; this is IEEE 754's.
    if (x == 0.0 || is_nan(x)) { return quiet_nan(); }
    let negative = ((bitcast<u32>(x) ^ bitcast<u32>(y)) & 0x80000000u) != 0u;
    return select(infinity(), -infinity(), negative);
  }
  return x / y;
}

fn apply_binary(code: u32, x: f32, y: f32) -> f32 {
  switch (code) {
    case 1u: { return x + y; }
    case 2u: { return x - y; }
    case 3u: { return x * y; }
    case 4u: { return divide(x, y); }
    case 5u: { return max_nan(x, y); }
    case 6u: { return -max_nan(-x, -y); }
    case 7u: { return select(0.0, 1.0, x == y && !is_nan(x) && !is_nan(y)); }
    default: { return x; }
  }
}
