// What one window of a pooling gives back to one element under it. RULE 0: to the one that `chosen` names by its place
// y · W + x in the plane; 1: to every element equal to the window's maximum (`chosen` holds the input's bits, `output` the
// maxima); 2: an equal part to each. Joined with lib/nonfinite.wgsl.

override RULE: u32 = 0u;
override COUNT_PADDING: u32 = 0u;

// How many elements a mean is taken over: those of the window that lie in the image, or in the padded one.
fn window_size(oy: u32, ox: u32) -> f32 {
  let top = oy * params.strideHeight;
  let left = ox * params.strideWidth;
  let bottom = min(top + params.kernelHeight, params.padTop + params.inHeight + params.padBottom);
  let right = min(left + params.kernelWidth, params.padLeft + params.inWidth + params.padRight);
  if (COUNT_PADDING != 0u) { return f32((bottom - top) * (right - left)); }
  let height = min(bottom, params.padTop + params.inHeight) - max(top, params.padTop);
  let width = min(right, params.padLeft + params.inWidth) - max(left, params.padLeft);
  return f32(height * width);
}

// The part of window (oy, ox) of `plane` that element `at` (`inPlane` of its plane) gets.
fn share(plane: u32, oy: u32, ox: u32, at: u32, inPlane: u32) -> f32 {
  let window = (plane * params.outHeight + oy) * params.outWidth + ox;
  if (RULE == 2u) { return cotangent[window] / window_size(oy, ox); }
  if (RULE == 0u) {
    if (chosen[window] != inPlane) { return 0.0; }
    return cotangent[window];
  }
  let x = bitcast<f32>(chosen[at]);
  let largest = maxima[window];
  if (x == largest || (is_nan(x) && is_nan(largest))) { return cotangent[window]; }
  return 0.0;
}
