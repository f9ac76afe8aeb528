// Repacks a matrix for register.wgsl and panels.wgsl: lines (rows of a, or columns of b) in blocks of 4 · QUADS, so that at
// each step of the inner index a block is whole vec4s: packed[batch][block][k][QUADS]. Zeros beyond the last line, and for
// k from `inner` to `depth`.
// source: strided, so that a transposed matrix costs nothing more. One invocation a vec4.

override QUADS: u32 = 2u;

struct Params {
  lines: u32,
  blocks: u32,
  inner: u32,
  depth: u32,
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
  if (i >= params.batches * params.blocks * params.depth * QUADS) { return; }
  let quad = i % QUADS;
  let k = (i / QUADS) % params.depth;
  let line = (((i / (QUADS * params.depth)) % params.blocks) * QUADS + quad) * 4u;
  let batch = i / (QUADS * params.depth * params.blocks);
  var four = vec4<f32>();
  if (k < params.inner) {
    let base = batch_offset(batch, params.batchExtents, params.batchStrides) + k * params.innerStride;
    four = vec4<f32>(at(base, line), at(base, line + 1u), at(base, line + 2u), at(base, line + 3u));
  }
  packed[i] = four;
}
