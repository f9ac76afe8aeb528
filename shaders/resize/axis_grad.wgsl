// What flows back through one axis resized: output[o, k, i] = Σ weight · input[o, x, i] over the elements x of the resized axis
// that read k. input [outer][outExtent][inner], output [outer][inExtent][inner]. One invocation PER neighbours. Joined with
// lib/resample.wgsl.

override PER: u32 = 1u;

@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read_write> output: array<f32>;

// The share of element k in element x.
fn share(x: u32, k: i32) -> f32 {
  let place = place_of(x);
  if (EXTRAPOLATE != 0u) {
    if (beyond(place)) { return 0.0; }
  }
  if (MODE == 0u) {
    let at = nearest(place);
    return select(0.0, 1.0, at == k);
  }
  var sum = 0.0;
  for (var t = 0; t < params.taps; t++) {
    let at = clamp(place.index + params.start + t, 0, i32(params.inExtent) - 1);
    let w = counted(place, params.start + t);
    sum += select(0.0, w, at == k);
  }
  return sum / total_weight(place);
}

fn gathered(i: u32) -> f32 {
  let inner = i % params.inner;
  let k = (i / params.inner) % params.inExtent;
  let start = i / (params.inner * params.inExtent) * params.outExtent * params.inner + inner;
  // Those that can read k lie about where k went; the ends of the axis stand for all that is outside it.
  var low = 0;
  var high = i32(params.outExtent) - 1;
  if (params.reach >= 0) {
    let about = i32(f32(k) * f32(params.outExtent) / f32(params.inExtent));
    if (k > 0u) { low = max(low, about - params.reach); }
    if (k + 1u < params.inExtent) { high = min(high, about + params.reach); }
  }
  var sum = 0.0;
  for (var x = low; x <= high; x++) {
    let w = share(u32(x), i32(k));
    if (w != 0.0) { sum += w * input[start + u32(x) * params.inner]; }
  }
  return sum;
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
    let value = gathered(i);
    output[i] = value;
  }
}
