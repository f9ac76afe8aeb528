// Ceiling of memory for work that reads much and writes little: how many bytes a second the device reads.
//
//   output[t] = sum over k < perThread of input[t * first + k * step], all vec4, four sums side by side
//
// On a GPU first = 1 and step = threads: neighbouring threads read neighbouring elements, and their loads are merged. On
// a CPU first = perThread and step = 1: each thread walks its own stretch, as caches like it. The sums keep the loads.
//
// input:  `perThread` * `threads` vec4; perThread is a multiple of 4.
// output: one vec4 per thread.

override WORKGROUP: u32 = 64u;

struct Params {
  threads: u32,
  perThread: u32,
  first: u32,
  step: u32,
}

@group(0) @binding(0) var<storage, read> input: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> output: array<vec4<f32>>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= params.threads) { return; }
  let step = params.step;
  var s0 = vec4<f32>(0.0);
  var s1 = vec4<f32>(0.0);
  var s2 = vec4<f32>(0.0);
  var s3 = vec4<f32>(0.0);
  var at = id.x * params.first;
  for (var k = 0u; k < params.perThread; k += 4u) {
    s0 += input[at];
    s1 += input[at + step];
    s2 += input[at + 2u * step];
    s3 += input[at + 3u * step];
    at += 4u * step;
  }
  output[id.x] = (s0 + s1) + (s2 + s3);
}
