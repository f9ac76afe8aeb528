// output[0] = Σ partial, by one workgroup: every invocation adds up every WORKGROUP-th part, then a tree in workgroup memory.

override WORKGROUP: u32 = 64u;

struct Params {
  parts: u32,
}

@group(0) @binding(0) var<storage, read> partial: array<f32>;
@group(0) @binding(1) var<storage, read_write> output: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

var<workgroup> sums: array<f32, WORKGROUP>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(local_invocation_index) local: u32) {
  var sum = 0.0;
  for (var i = local; i < params.parts; i += WORKGROUP) { sum += partial[i]; }
  sums[local] = sum;
  workgroupBarrier();
  for (var half = WORKGROUP / 2u; half > 0u; half /= 2u) {
    if (local < half) { sums[local] += sums[local + half]; }
    workgroupBarrier();
  }
  if (local == 0u) { output[0] = sums[0]; }
}
