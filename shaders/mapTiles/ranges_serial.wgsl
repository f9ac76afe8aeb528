// ranges[k] = [least, largest] of map maps[k] of the first picture: input [N][C][area], maps [count]. One invocation a map.
// A map with NaN in it has the range NaN; one that is not there has [0, 0].

struct Params {
  count: u32,
  channels: u32,
  area: u32,
}

@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read> maps: array<i32>;
@group(0) @binding(2) var<storage, read_write> ranges: array<vec2<f32>>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let k = index_1d(group, groups, local);
  if (k >= params.count) { return; }
  let map = u32(maps[k]);
  if (map >= params.channels) {
    ranges[k] = vec2<f32>(0.0);
    return;
  }
  let start = map * params.area;
  var range = vec2<f32>(input[start]);
  for (var i = 1u; i < params.area; i++) { range = widened(range, vec2<f32>(input[start + i])); }
  ranges[k] = range;
}
