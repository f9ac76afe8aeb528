// The functions of two numbers, by the codes of the table BINARY in src/ops/elementwise/binary.ts. Joined with
// lib/nonfinite.wgsl.

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
