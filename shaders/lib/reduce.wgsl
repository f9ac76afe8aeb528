// What the reductions share, by the codes of the table in src/ops/reduce/rows.ts: KIND 0 sum, 1 mean, 2 max, 3 argmax, 4 min,
// 5 argmin, 6 product, 7 sum of absolutes, 8 root of the sum of squares, 9 sum of squares, 10 logarithm of the sum, 11 logarithm
// of the sum of exponentials. Numbers travel as bits, of i32 where INTEGER is not 0 (0, 2 to 6), else of f32. Joined with
// lib/nonfinite.wgsl.

override KIND: u32 = 0u;
override INTEGER: u32 = 0u;
// Of equal values the last place counts, not the first.
override LAST: u32 = 0u;

// A running result: its bits; and the place of the best value so far, or, for the logarithm of a sum of exponentials, the bits
// of the sum of e^(x − value).
struct Running {
  bits: u32,
  place: u32,
}

fn bits_of(x: f32) -> u32 { return bitcast<u32>(x); }

// The result for one element.
fn single(bits: u32, place: u32) -> Running {
  let x = bitcast<f32>(bits);
  switch (KIND) {
    case 7u: { return Running(bits_of(abs(x)), place); }
    case 8u, 9u: { return Running(bits_of(x * x), place); }
    case 11u: { return Running(bits, bits_of(1.0)); }
    default: { return Running(bits, place); }
  }
}

// The result for no element; `some` is one of the tensor's, which changes nothing when it meets itself.
fn empty(some: u32, place: u32) -> Running {
  switch (KIND) {
    case 2u, 3u, 4u, 5u: { return Running(some, place); }
    case 6u: {
      if (INTEGER != 0u) { return Running(1u, 0u); }
      return Running(bits_of(1.0), 0u);
    }
    case 11u: { return Running(some, 0u); }
    default: { return Running(0u, 0u); }
  }
}

// Which of two equal values counts.
fn place_wins(a: Running, b: Running) -> bool {
  if (LAST != 0u) { return a.place > b.place; }
  return a.place < b.place;
}

fn combined_integers(a: Running, b: Running) -> Running {
  let x = bitcast<i32>(a.bits);
  let y = bitcast<i32>(b.bits);
  if (KIND == 6u) { return Running(bitcast<u32>(x * y), 0u); }
  if (KIND < 2u) { return Running(bitcast<u32>(x + y), 0u); }
  if (x == y) {
    if (place_wins(a, b)) { return a; }
    return b;
  }
  if ((x > y) == (KIND < 4u)) { return a; }
  return b;
}

// e^(x − largest), for x that is not larger.
fn share(x: f32, largest: f32) -> f32 {
  if (x == largest) { return 1.0; }
  if (is_inf(x)) { return 0.0; }
  return exp(x - largest);
}

fn combined_exponentials(a: Running, b: Running) -> Running {
  let x = bitcast<f32>(a.bits);
  let y = bitcast<f32>(b.bits);
  let largest = max_nan(x, y);
  if (is_nan(largest)) { return Running(bits_of(largest), bits_of(1.0)); }
  let sum = bitcast<f32>(a.place) * share(x, largest) + bitcast<f32>(b.place) * share(y, largest);
  return Running(bits_of(largest), bits_of(sum));
}

fn combined(a: Running, b: Running) -> Running {
  if (INTEGER != 0u) { return combined_integers(a, b); }
  if (KIND == 11u) { return combined_exponentials(a, b); }
  let x = bitcast<f32>(a.bits);
  let y = bitcast<f32>(b.bits);
  if (KIND == 6u) { return Running(bits_of(x * y), 0u); }
  if (KIND < 2u || KIND > 6u) { return Running(bits_of(x + y), 0u); }
  // NaN wins, as in PyTorch.
  let xNan = is_nan(x);
  let yNan = is_nan(y);
  if (xNan || yNan) {
    if (xNan && (!yNan || place_wins(a, b))) { return a; }
    return b;
  }
  if (x == y) {
    if (place_wins(a, b)) { return a; }
    return b;
  }
  if ((x > y) == (KIND < 4u)) { return a; }
  return b;
}

fn finished(result: Running, length: u32) -> u32 {
  let x = bitcast<f32>(result.bits);
  switch (KIND) {
    case 1u: { return bits_of(x / f32(length)); }
    case 3u, 5u: { return result.place; }
    case 8u: { return bits_of(sqrt(x)); }
    case 10u: { return bits_of(logarithm(x)); }
    case 11u: {
      if (is_nan(x) || is_inf(x)) { return result.bits; }
      return bits_of(x + log(bitcast<f32>(result.place)));
    }
    default: { return result.bits; }
  }
}

// log(x) where WGSL leaves it open, too.
fn logarithm(x: f32) -> f32 {
  if (is_nan(x)) { return x; }
  if (x == 0.0) { return -infinity(); }
  if (x < 0.0) { return quiet_nan(); }
  return select(log(x), x, is_inf(x));
}
