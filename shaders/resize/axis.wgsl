// One axis resized: output[o, x, i] = Σ weight · input[o, k, i] over the elements k about the position of x. input
// [outer][inExtent][inner], output [outer][outExtent][inner]; elements outside the axis are those at its ends. One invocation PER
// neighbours. Joined with lib/resample.wgsl.

override PER: u32 = 1u;

@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read_write> output: array<f32>;

fn resized(i: u32) -> f32 {
  let inner = i % params.inner;
  let x = (i / params.inner) % params.outExtent;
  let start = i / (params.inner * params.outExtent) * params.inExtent * params.inner + inner;
  let place = place_of(x);
  if (EXTRAPOLATE != 0u) {
    if (beyond(place)) { return params.extrapolation; }
  }
  if (MODE == 0u) {
    let at = u32(nearest(place));
    return input[start + at * params.inner];
  }
  var sum = 0.0;
  for (var t = 0; t < params.taps; t++) {
    let at = clamp(place.index + params.start + t, 0, i32(params.inExtent) - 1);
    let w = counted(place, params.start + t);
    sum += w * input[start + u32(at) * params.inner];
  }
  return sum / total_weight(place);
}

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let first = index_1d(group, groups, local) * PER;
  let end = min(first + PER, params.count);
  for (var i = first; i < end; i++) {
    let value = resized(i);
    output[i] = value;
  }
}
