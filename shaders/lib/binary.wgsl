// The functions of two numbers that chains hold, by the codes of the table BINARY in src/ops/elementwise/binaryRows.ts. Joined
// with lib/nonfinite.wgsl.

alias Element = f32;

fn truth(value: bool) -> f32 {
  return select(0.0, 1.0, value);
}

fn apply_binary(code: u32, x: f32, y: f32) -> f32 {
  // Every comparison with a NaN is false, but for "not equal".
  let ordered = !is_nan(x) && !is_nan(y);
  switch (code) {
    case 1u: { return x + y; }
    case 2u: { return x - y; }
    case 3u: { return x * y; }
    case 4u: { return divide(x, y); }
    case 5u: { return max_nan(x, y); }
    case 6u: { return -max_nan(-x, -y); }
    case 7u: { return truth(x == y && ordered); }
    case 8u: { return truth(x != y || !ordered); }
    case 9u: { return truth(x < y && ordered); }
    case 10u: { return truth(x <= y && ordered); }
    case 11u: { return truth(x > y && ordered); }
    case 12u: { return truth(x >= y && ordered); }
    case 13u: { return select(x, x * y, x < 0.0 && !is_nan(x)); }
    default: { return x; }
  }
}

fn apply_bits(code: u32, x: f32, y: f32) -> u32 {
  return bitcast<u32>(apply_binary(code, x, y));
}
