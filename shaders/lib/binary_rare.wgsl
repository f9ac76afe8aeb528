// The functions of two numbers that only a kernel of their own applies, by the codes of the table BINARY in
// src/ops/elementwise/binaryRows.ts: stands in for lib/binary.wgsl. Joined with lib/nonfinite.wgsl.

alias Element = f32;

// x^y as C has it: x below 0 needs a whole y. Whole exponents of moderate size multiply, and lose nothing to a logarithm.
fn power(x: f32, y: f32) -> f32 {
  let one = 1.0;
  if (is_nan(x)) { return select(x, one, y == 0.0 && !is_nan(y)); }
  if (is_nan(y)) { return select(y, one, x == 1.0); }
  if (y == 0.0 || x == 1.0) { return one; }
  let a = abs(x);
  if (is_inf(y)) {
    if (a == 1.0) { return one; }
    return select(0.0, infinity(), (a > 1.0) == (y > 0.0));
  }
  let b = abs(y);
  let whole = trunc(b) == b;
  let negative = (bitcast<u32>(x) & 0x80000000u) != 0u;
  let flips = negative && whole && b < 16777216.0 && (u32(min(b, 16777216.0)) & 1u) == 1u;
  var size = 0.0;
  if (a == 0.0 || is_inf(x)) {
    if ((a == 0.0) == (y < 0.0)) { size = infinity(); }
  } else {
    if (negative && !whole) { return quiet_nan(); }
    if (whole && b <= 64.0) {
      size = one;
      var square = a;
      for (var rest = u32(b); rest > 0u; rest >>= 1u) {
        if ((rest & 1u) == 1u) { size *= square; }
        square *= square;
      }
      if (y < 0.0) { size = divide(one, size); }
    } else {
      size = exp2(y * log2(a));
    }
  }
  return select(size, -size, flips);
}

// The remainder of x / y with the sign of x, exactly: y times falling powers of two is taken off.
fn remainder(x: f32, y: f32) -> f32 {
  if (is_nan(x) || is_nan(y) || is_inf(x) || y == 0.0) { return quiet_nan(); }
  if (is_inf(y)) { return x; }
  let b = abs(y);
  var rest = abs(x);
  var part = b;
  while (part <= 0.5 * rest) { part *= 2.0; }
  loop {
    if (rest >= part) { rest -= part; }
    if (part <= b) { break; }
    part *= 0.5;
  }
  return select(rest, -rest, x < 0.0);
}

fn apply_binary(code: u32, x: f32, y: f32) -> f32 {
  switch (code) {
    case 40u: { return power(x, y); }
    case 41u: { return remainder(x, y); }
    case 42u: {
      let rest = remainder(x, y);
      if (is_nan(rest) || rest == 0.0 || (rest < 0.0) == (y < 0.0)) { return rest; }
      return rest + y;
    }
    default: { return x; }
  }
}

fn apply_bits(code: u32, x: f32, y: f32) -> u32 {
  return bitcast<u32>(apply_binary(code, x, y));
}
