// Four elements of the gradient as a step of an optimiser takes it: scaled, then cut to ±clip where clip is above 0.

fn gradient_taken(i: u32) -> vec4<f32> {
  var g = gradient[i];
  if (HAS_SCALE != 0u) { g *= scale[0]; }
  // Written so that a NaN stays one: it must show, not be cut off.
  if (params.clip > 0.0) { g = select(g, sign(g) * params.clip, abs(g) > vec4<f32>(params.clip)); }
  return g;
}

// Whether the step is to be taken: the guard is finite, or there is none. By its bits, since a compiler may assume that no
// number is NaN.
fn step_taken() -> bool {
  return HAS_GUARD == 0u || (bitcast<u32>(guard[0]) & 0x7f800000u) != 0x7f800000u;
}
