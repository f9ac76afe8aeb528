// output[i] = 1 with probability 1 − p, else 0, by the counter-based bits of lib/hash.wgsl. One invocation four elements
// (the last four may reach into the buffer's padding, which is nobody's).

override HAS_STEP: u32 = 0u;
// Whether this is part of a larger mask, whose bits it takes.
override IS_PART: u32 = 0u;

struct Params {
  count4: u32,
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
@group(0) @binding(1) var<storage, read_write> output: array<vec4<f32>>;
@group(0) @binding(2) var<uniform> params: Params;

fn keep(stream: u32, i: u32) -> f32 {
  let bits = hash(stream, place_of(i)) >> 8u;
  return select(1.0, 0.0, bits < params.threshold);
}

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
  let q = index_1d(group, groups, local);
  if (q >= params.count4) { return; }
  let i = q * 4u;
  var which = params.step;
  if (HAS_STEP != 0u) { which = step[0]; }
  let stream = hash(params.seed, which);
  output[q] = vec4<f32>(keep(stream, i), keep(stream, i + 1u), keep(stream, i + 2u), keep(stream, i + 3u));
}
