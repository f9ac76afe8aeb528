// Which of two elements comes first when a line is sorted: the larger, or the smaller where LEAST; of equal ones the earlier. NaN
// counts as larger than all. Numbers as bits, of i32 where INTEGER is not 0, else of f32. Joined with lib/nonfinite.wgsl.

override LEAST: u32 = 0u;
override INTEGER: u32 = 0u;

// 1 where a is larger, -1 where b is, 0 where neither.
fn compared(a: u32, b: u32) -> i32 {
  if (INTEGER != 0u) {
    let x = bitcast<i32>(a);
    let y = bitcast<i32>(b);
    return select(0, 1, x > y) - select(0, 1, x < y);
  }
  let x = bitcast<f32>(a);
  let y = bitcast<f32>(b);
  let xNan = is_nan(x);
  let yNan = is_nan(y);
  if (xNan || yNan) { return select(0, 1, xNan) - select(0, 1, yNan); }
  return select(0, 1, x > y) - select(0, 1, x < y);
}

fn precedes(a: u32, aPlace: u32, b: u32, bPlace: u32) -> bool {
  let order = compared(a, b);
  if (order == 0) { return aPlace < bPlace; }
  return (order > 0) == (LEAST == 0u);
}
