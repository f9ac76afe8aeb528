// Several elementwise functions in one go: value = input[i], then up to eight steps, each a function of the value alone or
// of the value and an operand; output[i] = value. What would be a read and a write of the tensor for every step is one.
// OPn is the code of step n: 0 ends the chain, below 100 a row of FUSABLE with ALPHAn and BETAn, from 100 a row of BINARY with operand
// ARGn as its second argument, from 200 as its first. Operands repeat in blocks, as in binary_blocks.wgsl. One invocation
// PER neighbouring elements.

override PER: u32 = 1u;
override OP0: u32 = 0u;
override OP1: u32 = 0u;
override OP2: u32 = 0u;
override OP3: u32 = 0u;
override OP4: u32 = 0u;
override OP5: u32 = 0u;
override OP6: u32 = 0u;
override OP7: u32 = 0u;
override ARG0: u32 = 0u;
override ARG1: u32 = 0u;
override ARG2: u32 = 0u;
override ARG3: u32 = 0u;
override ARG4: u32 = 0u;
override ARG5: u32 = 0u;
override ARG6: u32 = 0u;
override ARG7: u32 = 0u;
override ALPHA0: f32 = 0.0;
override ALPHA1: f32 = 0.0;
override ALPHA2: f32 = 0.0;
override ALPHA3: f32 = 0.0;
override ALPHA4: f32 = 0.0;
override ALPHA5: f32 = 0.0;
override ALPHA6: f32 = 0.0;
override ALPHA7: f32 = 0.0;
override BETA0: f32 = 0.0;
override BETA1: f32 = 0.0;
override BETA2: f32 = 0.0;
override BETA3: f32 = 0.0;
override BETA4: f32 = 0.0;
override BETA5: f32 = 0.0;
override BETA6: f32 = 0.0;
override BETA7: f32 = 0.0;

struct Params {
  count: u32,
  blocks: vec3<u32>,
  sizes: vec3<u32>,
}

@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read> operand0: array<f32>;
@group(0) @binding(2) var<storage, read> operand1: array<f32>;
@group(0) @binding(3) var<storage, read> operand2: array<f32>;
@group(0) @binding(4) var<storage, read_write> output: array<f32>;
@group(0) @binding(5) var<uniform> params: Params;

fn operand(which: u32, i: u32) -> f32 {
  if (which == 0u) { return operand0[(i / params.blocks.x) % params.sizes.x]; }
  if (which == 1u) { return operand1[(i / params.blocks.y) % params.sizes.y]; }
  return operand2[(i / params.blocks.z) % params.sizes.z];
}

fn step(code: u32, which: u32, alpha: f32, beta: f32, value: f32, i: u32) -> f32 {
  if (code == 0u) { return value; }
  if (code < 100u) { return apply_unary(code, value, alpha, beta); }
  if (code < 200u) { return apply_binary(code - 100u, value, operand(which, i)); }
  return apply_binary(code - 200u, operand(which, i), value);
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
    var value = input[i];
    value = step(OP0, ARG0, ALPHA0, BETA0, value, i);
    value = step(OP1, ARG1, ALPHA1, BETA1, value, i);
    value = step(OP2, ARG2, ALPHA2, BETA2, value, i);
    value = step(OP3, ARG3, ALPHA3, BETA3, value, i);
    value = step(OP4, ARG4, ALPHA4, BETA4, value, i);
    value = step(OP5, ARG5, ALPHA5, BETA5, value, i);
    value = step(OP6, ARG6, ALPHA6, BETA6, value, i);
    output[i] = step(OP7, ARG7, ALPHA7, BETA7, value, i);
  }
}
