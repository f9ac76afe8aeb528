// The functions of two whole numbers, by the codes of the table BINARY in src/ops/elementwise/binaryRows.ts: stands in for
// lib/binary.wgsl. Sums and products wrap around; a quotient is cut towards 0, by 0 it is x, and the remainder then 0.

alias Element = i32;

fn power(x: i32, y: i32) -> i32 {
  if (y < 0) {
    // 1 / x^|y| is below 1 unless x is 1 or -1.
    if (x == 1 || x == -1) { return select(1, x, (y & 1) != 0); }
    return 0;
  }
  var result = 1;
  var square = x;
  for (var rest = y; rest > 0; rest >>= 1u) {
    if ((rest & 1) != 0) { result *= square; }
    square *= square;
  }
  return result;
}

// As f32 for comparisons, which give 0 or 1.
fn truth(value: bool) -> u32 {
  return bitcast<u32>(select(0.0, 1.0, value));
}

fn apply_bits(code: u32, x: i32, y: i32) -> u32 {
  switch (code) {
    case 1u: { return bitcast<u32>(x + y); }
    case 2u: { return bitcast<u32>(x - y); }
    case 3u: { return bitcast<u32>(x * y); }
    case 4u: { return bitcast<u32>(x / y); }
    case 5u: { return bitcast<u32>(max(x, y)); }
    case 6u: { return bitcast<u32>(min(x, y)); }
    case 7u: { return truth(x == y); }
    case 8u: { return truth(x != y); }
    case 9u: { return truth(x < y); }
    case 10u: { return truth(x <= y); }
    case 11u: { return truth(x > y); }
    case 12u: { return truth(x >= y); }
    case 40u: { return bitcast<u32>(power(x, y)); }
    case 41u: { return bitcast<u32>(x % y); }
    case 42u: {
      let rest = x % y;
      return bitcast<u32>(select(rest, rest + y, rest != 0 && (rest < 0) != (y < 0)));
    }
    default: { return bitcast<u32>(x); }
  }
}
