// From products back to pixels for winograd: the 2 × 2 pixels of a tile are Aᵀ · M · A, then bias and activation.
// products: [16][group][output channel][tile]; output: [N, outChannels, H, W]. One invocation a tile and output channel.
// Method: A. Lavin, S. Gray, "Fast Algorithms for Convolutional Neural Networks" (2015), section 4.1.

override HAS_BIAS: u32 = 0u;

struct Params {
  firstImage: u32,
  outChannels: u32,
  // Tiles in all, and along an image's axes.
  count: u32,
  tileRows: u32,
  tileColumns: u32,
  outHeight: u32,
  outWidth: u32,
}

@group(0) @binding(0) var<storage, read> products: array<f32>;
@group(0) @binding(1) var<storage, read> bias: array<f32>;
@group(0) @binding(2) var<storage, read_write> output: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

// Aᵀ · m along one row of the products, which lie `apart` numbers from each other.
fn row(first: u32, apart: u32) -> vec2<f32> {
  let b = products[first + apart];
  let c = products[first + 2u * apart];
  return vec2<f32>(products[first] + b + c, b - c - products[first + 3u * apart]);
}

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let i = (group.y * groups.x + group.x) * WORKGROUP + local;
  let apart = params.outChannels * params.count;
  if (i >= apart) { return; }
  let tile = i % params.count;
  let oc = i / params.count;
  let rowOf = tile / params.tileColumns;
  let r0 = row(i, apart);
  let r1 = row(i + 4u * apart, apart);
  let r2 = row(i + 8u * apart, apart);
  let r3 = row(i + 12u * apart, apart);
  var offset = 0.0;
  if (HAS_BIAS != 0u) { offset = bias[oc]; }
  let top = r0 + r1 + r2 + vec2<f32>(offset);
  let bottom = r1 - r2 - r3 + vec2<f32>(offset);
  let image = params.firstImage + rowOf / params.tileRows;
  let y = (rowOf % params.tileRows) * 2u;
  let x = (tile % params.tileColumns) * 2u;
  let at = ((image * params.outChannels + oc) * params.outHeight + y) * params.outWidth + x;
  let right = x + 1u < params.outWidth;
  output[at] = activate(top.x);
  if (right) { output[at + 1u] = activate(top.y); }
  if (y + 1u < params.outHeight) {
    output[at + params.outWidth] = activate(bottom.x);
    if (right) { output[at + params.outWidth + 1u] = activate(bottom.y); }
  }
}
