// Maps of the first picture of input [N][C][height][width] side by side: output [rows · (tile + gap) − gap][columns · (tile +
// gap) − gap]. Tile k, row by row, shows map maps[k]: the element nearest to each pixel, its range stretched to 0..1; a map
// that is the same everywhere is 0. Between tiles, where there is none, and for a map that is not there: −1. One invocation a
// pixel.

struct Params {
  count: u32,
  channels: u32,
  height: u32,
  width: u32,
  columns: u32,
  tile: u32,
  gap: u32,
  acrossPixels: u32,
  pixels: u32,
}

@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read> maps: array<i32>;
@group(0) @binding(2) var<storage, read> ranges: array<vec2<f32>>;
@group(0) @binding(3) var<storage, read_write> output: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let at = index_1d(group, groups, local);
  if (at >= params.pixels) { return; }
  let pixel = vec2<u32>(at % params.acrossPixels, at / params.acrossPixels);
  let pitch = params.tile + params.gap;
  let place = pixel / pitch;
  let within = pixel % pitch;
  let k = place.y * params.columns + place.x;
  var value = -1.0;
  if (within.x < params.tile && within.y < params.tile && k < params.count) {
    let map = u32(maps[k]);
    if (map < params.channels) {
      let y = within.y * params.height / params.tile;
      let x = within.x * params.width / params.tile;
      let element = input[(map * params.height + y) * params.width + x];
      let range = ranges[k];
      let span = range.y - range.x;
      // NaN is not 0, so that a map with one is NaN all over.
      value = (element - range.x) / span;
      if (span == 0.0) { value = 0.0; }
      if (is_nan(range.x)) { value = quiet_nan(); }
    }
  }
  output[at] = value;
}
