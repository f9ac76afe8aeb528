// output[…] = input[…] with axes in another order, cut or stepped through, as gather.wgsl, for outputs of at most three axes
// after neighbours have been merged: element (z, y, x) of the output is element offset + z·sz + y·sy + x·sx of the input.
// Data moves as bits. One invocation four elements along x.

struct Params {
  quads: u32,
  quadsPerLine: u32,
  width: u32,
  height: u32,
  offset: i32,
  strideX: i32,
  strideY: i32,
  strideZ: i32,
}

@group(0) @binding(0) var<storage, read> input: array<u32>;
@group(0) @binding(1) var<storage, read_write> output: array<u32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let i = index_1d(group, groups, local);
  if (i >= params.quads) { return; }
  let x = (i % params.quadsPerLine) * 4u;
  let line = i / params.quadsPerLine;
  let y = line % params.height;
  let z = line / params.height;
  var source = params.offset + i32(z) * params.strideZ + i32(y) * params.strideY + i32(x) * params.strideX;
  let at = line * params.width + x;
  let end = min(4u, params.width - x);
  for (var j = 0u; j < end; j++) {
    output[at + j] = input[source];
    source += params.strideX;
  }
}
