// What becomes of an element that an update meets, as bits: REDUCTION 0 the update, 1 the sum, 2 the product, 3 the larger, 4 the
// smaller; of i32 where INTEGER is not 0, else of f32. Joined with lib/nonfinite.wgsl.

override REDUCTION: u32 = 0u;
override INTEGER: u32 = 0u;

fn combined(before: u32, update: u32) -> u32 {
  if (REDUCTION == 0u) { return update; }
  if (INTEGER != 0u) {
    let a = bitcast<i32>(before);
    let b = bitcast<i32>(update);
    switch (REDUCTION) {
      case 1u: { return bitcast<u32>(a + b); }
      case 2u: { return bitcast<u32>(a * b); }
      case 3u: { return bitcast<u32>(max(a, b)); }
      default: { return bitcast<u32>(min(a, b)); }
    }
  }
  let a = bitcast<f32>(before);
  let b = bitcast<f32>(update);
  switch (REDUCTION) {
    case 1u: { return bitcast<u32>(a + b); }
    case 2u: { return bitcast<u32>(a * b); }
    case 3u: { return bitcast<u32>(max_nan(a, b)); }
    default: { return bitcast<u32>(-max_nan(-a, -b)); }
  }
}
