// output[thread] = Σ input[(local + i) mod 256] over i below rounds · 16, vec4s, read from workgroup memory: the probe of
// its bandwidth. Neighbouring invocations read neighbouring vec4s. One invocation a thread.

override WORKGROUP: u32 = 64u;

struct Params {
  rounds: u32,
}

@group(0) @binding(0) var<storage, read> input: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> output: array<vec4<f32>>;
@group(0) @binding(2) var<uniform> params: Params;

var<workgroup> kept: array<vec4<f32>, 256>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) thread: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  for (var i = local; i < 256u; i += WORKGROUP) { kept[i] = input[i]; }
  workgroupBarrier();
  var sum = vec4<f32>();
  var at = local;
  for (var round = 0u; round < params.rounds; round++) {
    sum += kept[at & 255u];
    sum += kept[(at + 1u) & 255u];
    sum += kept[(at + 2u) & 255u];
    sum += kept[(at + 3u) & 255u];
    sum += kept[(at + 4u) & 255u];
    sum += kept[(at + 5u) & 255u];
    sum += kept[(at + 6u) & 255u];
    sum += kept[(at + 7u) & 255u];
    sum += kept[(at + 8u) & 255u];
    sum += kept[(at + 9u) & 255u];
    sum += kept[(at + 10u) & 255u];
    sum += kept[(at + 11u) & 255u];
    sum += kept[(at + 12u) & 255u];
    sum += kept[(at + 13u) & 255u];
    sum += kept[(at + 14u) & 255u];
    sum += kept[(at + 15u) & 255u];
    at += 16u;
  }
  output[thread.x] = sum;
}
