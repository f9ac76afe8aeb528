// Repacks a matrix for register.wgsl: lines (rows of a, or columns of b) in blocks of eight, zeros beyond the last, so that
// at each step of the inner index a block is two whole vec4s. packed[batch][block][k] is a pair of vec4s.
// source: strided, so that a transposed matrix costs nothing more. One invocation a pair.

struct Params {
  lines: u32,
  blocks: u32,
  inner: u32,
  batches: u32,
  lineStride: u32,
  innerStride: u32,
  batchExtents: array<vec4<u32>, 2>,
  batchStrides: array<vec4<u32>, 2>,
}

@group(0) @binding(0) var<storage, read> source: array<f32>;
@group(0) @binding(1) var<storage, read_write> packed: array<vec4<f32>>;
@group(0) @binding(2) var<uniform> params: Params;

fn at(base: u32, line: u32) -> f32 {
  if (line >= params.lines) { return 0.0; }
  return source[base + line * params.lineStride];
}

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let i = index_1d(group, groups, local);
  if (i >= params.batches * params.blocks * params.inner) { return; }
  let k = i % params.inner;
  let line = ((i / params.inner) % params.blocks) * 8u;
  let batch = i / (params.inner * params.blocks);
  let base = batch_offset(batch, params.batchExtents, params.batchStrides) + k * params.innerStride;
  packed[i * 2u] = vec4<f32>(at(base, line), at(base, line + 1u), at(base, line + 2u), at(base, line + 3u));
  packed[i * 2u + 1u] = vec4<f32>(at(base, line + 4u), at(base, line + 5u), at(base, line + 6u), at(base, line + 7u));
}
