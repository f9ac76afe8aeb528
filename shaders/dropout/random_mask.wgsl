// output[i] = 1 with probability 1 − p, else 0, by the counter-based bits of lib/hash.wgsl. One invocation an element.

override HAS_STEP: u32 = 0u;
// Whether this is part of a larger mask, whose bits it takes.
override IS_PART: u32 = 0u;

struct Params {
  count: u32,
  // Stream of the seed and the layer, and which step's mask it is where the run does not say.
  seed: u32,
  step: u32,
  // An element is dropped when its 24 random bits are below this.
  threshold: u32,
  // Elements of a line, elements from one line to the next in the whole mask, and where the first begins there.
  width: u32,
  stride: u32,
  first: u32,
}

@group(0) @binding(0) var<storage, read> step: array<u32>;
@group(0) @binding(1) var<storage, read_write> output: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

// The place in the whole mask of element i.
fn place_of(i: u32) -> u32 {
  if (IS_PART == 0u) { return i; }
  return (i / params.width) * params.stride + params.first + i % params.width;
}

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let i = (group.y * groups.x + group.x) * WORKGROUP + local;
  if (i >= params.count) { return; }
  var which = params.step;
  if (HAS_STEP != 0u) { which = step[0]; }
  output[i] = select(1.0, 0.0, (hash(hash(params.seed, which), place_of(i)) >> 8u) < params.threshold);
}
