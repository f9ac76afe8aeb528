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

// The parts of window (oy, ox) of `plane` that four elements get, at `inPlane` of the plane that begins at `start`. Elements
// beyond the window or the row get parts too: the caller leaves them out.
fn shares(plane: u32, oy: u32, ox: u32, start: u32, inPlane: vec4<u32>) -> vec4<f32> {
  let window = (plane * params.outHeight + oy) * params.outWidth + ox;
  let flow = cotangent[window];
  if (RULE == 2u) { return vec4<f32>(flow / window_size(oy, ox)); }
  if (RULE == 0u) { return select(vec4<f32>(), vec4<f32>(flow), inPlane == vec4<u32>(chosen[window])); }
  let largest = maxima[window];
  var parts = vec4<f32>();
  for (var j = 0u; j < 4u; j++) {
    let x = bitcast<f32>(chosen[start + inPlane[j]]);
    if (x == largest || (is_nan(x) && is_nan(largest))) { parts[j] = flow; }
  }
  return parts;
}
