// The tiles of some images for winograd: V = Bᵀ · d · B for each 4 × 4 patch d of the input, two apart.
// input: [N, C, H, W]; tiles: [16][group][block of tiles][channel][LINES], channels up to `depth`, zeros beyond the last tile
// and channel; tiles count over images, rows, columns. One invocation a tile and channel.
// Method: A. Lavin, S. Gray, "Fast Algorithms for Convolutional Neural Networks" (2015), section 4.1.

override LINES: u32 = 8u;

struct Params {
  firstImage: u32,
  groups: u32,
  inPerGroup: u32,
  depth: u32,
  blocks: u32,
  // Tiles in all, and along an image's axes.
  count: u32,
  tileRows: u32,
  tileColumns: u32,
  inHeight: u32,
  inWidth: u32,
  padTop: u32,
  padLeft: u32,
}

@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read_write> tiles: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

fn take(plane: u32, y: u32, x: u32) -> f32 {
  // Below 0 wraps around to above the extent, so one comparison catches both edges.
  if (y >= params.inHeight || x >= params.inWidth) { return 0.0; }
  return input[plane + y * params.inWidth + x];
}

// Bᵀ · d along one row of a patch.
fn row(plane: u32, y: u32, x: u32) -> vec4<f32> {
  let a = take(plane, y, x);
  let b = take(plane, y, x + 1u);
  let c = take(plane, y, x + 2u);
  let d = take(plane, y, x + 3u);
  return vec4<f32>(a - c, b + c, c - b, b - d);
}

fn put(at: u32, count: u32, numbers: vec4<f32>) {
  tiles[at] = numbers.x;
  tiles[at + count] = numbers.y;
  tiles[at + 2u * count] = numbers.z;
  tiles[at + 3u * count] = numbers.w;
}

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let i = index_1d(group, groups, local);
  let count = params.groups * params.blocks * params.depth * LINES;
  if (i >= count) { return; }
  let line = i % LINES;
  let channel = (i / LINES) % params.depth;
  let blockOf = i / (LINES * params.depth);
  let tile = (blockOf % params.blocks) * LINES + line;
  let g = blockOf / params.blocks;
  var r0 = vec4<f32>();
  var r1 = vec4<f32>();
  var r2 = vec4<f32>();
  var r3 = vec4<f32>();
  if (tile < params.count && channel < params.inPerGroup) {
    let column = tile % params.tileColumns;
    let rowOf = tile / params.tileColumns;
    let image = params.firstImage + rowOf / params.tileRows;
    let plane = ((image * params.groups + g) * params.inPerGroup + channel) * params.inHeight * params.inWidth;
    let y = (rowOf % params.tileRows) * 2u - params.padTop;
    let x = column * 2u - params.padLeft;
    r0 = row(plane, y, x);
    r1 = row(plane, y + 1u, x);
    r2 = row(plane, y + 2u, x);
    r3 = row(plane, y + 3u, x);
  }
  put(i, count, r0 - r2);
  put(i + 4u * count, count, r1 + r2);
  put(i + 8u * count, count, r2 - r1);
  put(i + 12u * count, count, r1 - r3);
}
