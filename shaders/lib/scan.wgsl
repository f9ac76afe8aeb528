// What the running sums and products share: numbers as bits, of i32 where INTEGER is not 0, else of f32.

override PRODUCT: u32 = 0u;
override INTEGER: u32 = 0u;
override EXCLUSIVE: u32 = 0u;
override REVERSE: u32 = 0u;

fn nothing() -> u32 {
  if (PRODUCT == 0u) { return 0u; }
  if (INTEGER != 0u) { return 1u; }
  return bitcast<u32>(1.0);
}

fn joined(before: u32, next: u32) -> u32 {
  if (INTEGER != 0u) {
    if (PRODUCT != 0u) { return bitcast<u32>(bitcast<i32>(before) * bitcast<i32>(next)); }
    return bitcast<u32>(bitcast<i32>(before) + bitcast<i32>(next));
  }
  if (PRODUCT != 0u) { return bitcast<u32>(bitcast<f32>(before) * bitcast<f32>(next)); }
  return bitcast<u32>(bitcast<f32>(before) + bitcast<f32>(next));
}

// Where a walk along a line that starts at `start` begins, and how far apart its elements lie: downwards by wrapping around.
fn origin(start: u32, extent: u32, inner: u32) -> u32 {
  return select(start, start + (extent - 1u) * inner, REVERSE != 0u);
}

fn pace(inner: u32) -> u32 {
  return select(inner, 0u - inner, REVERSE != 0u);
}
