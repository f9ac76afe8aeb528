// ranges[k] = [least, largest] of map maps[k] of the first picture: input [N][C][area], maps [count]. A workgroup does one
// map, by trees in workgroup memory. A map with NaN in it has the range NaN; one that is not there has [0, 0].

override WORKGROUP: u32 = 64u;

struct Params {
  count: u32,
  channels: u32,
  area: u32,
}

@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read> maps: array<i32>;
@group(0) @binding(2) var<storage, read_write> ranges: array<vec2<f32>>;
@group(0) @binding(3) var<uniform> params: Params;

var<workgroup> partial: array<vec2<f32>, WORKGROUP>;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let k = group.y * groups.x + group.x;
  var own = vec2<f32>(0.0);
  if (k < params.count) {
    let map = u32(maps[k]);
    if (map < params.channels) {
      let start = map * params.area;
      // Whoever has no element of its own takes the first, which changes nothing.
      own = vec2<f32>(input[start]);
      for (var i = local; i < params.area; i += WORKGROUP) { own = widened(own, vec2<f32>(input[start + i])); }
    }
  }
  partial[local] = own;
  workgroupBarrier();
  for (var half = WORKGROUP / 2u; half > 0u; half /= 2u) {
    if (local < half) { partial[local] = widened(partial[local], partial[local + half]); }
    workgroupBarrier();
  }
  if (local == 0u && k < params.count) { ranges[k] = partial[0]; }
}
