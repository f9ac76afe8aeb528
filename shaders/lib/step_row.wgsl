// Which step of its sequence a batch item takes in step number `params.step` of a layer: the same, or, backwards, as far from the
// end of its own sequence.

override HAS_LENGTHS: u32 = 0u;
override REVERSE: u32 = 0u;

fn length_of(b: u32) -> u32 {
  if (HAS_LENGTHS == 0u) { return params.steps; }
  return u32(clamp(lengths[b], 0, i32(params.steps)));
}

fn step_of(b: u32) -> u32 {
  let length = length_of(b);
  if (REVERSE != 0u && params.step < length) { return length - 1u - params.step; }
  return params.step;
}
