// output[n, c, y, x] = input[n, c, top + y, left + x] + shift[n, c], mirrored left to right where the picture's place says so:
// then x counts from the right. input [N][C][H][W], places [N][3] (top, left, mirrored), shift [N][C], output [N][C][h][w].
// One invocation PER neighbours of a row of the output.

override PER: u32 = 1u;
override HAS_SHIFT: u32 = 0u;

struct Params {
  count: u32,
  perRow: u32,
  channels: u32,
  inHeight: u32,
  inWidth: u32,
  outHeight: u32,
  outWidth: u32,
}

@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read> places: array<i32>;
@group(0) @binding(2) var<storage, read> shift: array<f32>;
@group(0) @binding(3) var<storage, read_write> output: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let i = index_1d(group, groups, local);
  if (i >= params.count) { return; }
  let line = i / params.perRow;
  let first = (i % params.perRow) * PER;
  let plane = line / params.outHeight;
  let n = plane / params.channels;
  // A place beyond the picture is moved to its edge, so that nothing outside is read.
  let top = u32(clamp(places[n * 3u], 0, i32(params.inHeight - params.outHeight)));
  let left = u32(clamp(places[n * 3u + 1u], 0, i32(params.inWidth - params.outWidth)));
  let mirrored = places[n * 3u + 2u] != 0;
  var offset = 0.0;
  if (HAS_SHIFT != 0u) { offset = shift[plane]; }
  let source = (plane * params.inHeight + top + line % params.outHeight) * params.inWidth + left;
  for (var x = first; x < min(first + PER, params.outWidth); x++) {
    let column = select(x, params.outWidth - 1u - x, mirrored);
    output[line * params.outWidth + x] = input[source + column] + offset;
  }
}
