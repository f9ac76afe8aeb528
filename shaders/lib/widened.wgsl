// Joined with lib/nonfinite.wgsl.

// The range [least, largest] that holds two ranges; NaN if either is.
fn widened(a: vec2<f32>, b: vec2<f32>) -> vec2<f32> {
  if (is_nan(a.x)) { return a; }
  if (is_nan(b.x)) { return b; }
  return vec2<f32>(min(a.x, b.x), max(a.y, b.y));
}
