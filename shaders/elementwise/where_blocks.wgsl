// output[i] = a where condition is not 0, else b, as where.wgsl, for operands that advance in step or repeat in blocks: operand
// n is read at (i / blocks[n]) % sizes[n], the condition first. One invocation four neighbouring elements.

override FLOAT: u32 = 1u;
override HAS_A: u32 = 1u;
override HAS_B: u32 = 1u;

struct Params {
  count: u32,
  blocks: vec3<u32>,
  sizes: vec3<u32>,
}

@group(0) @binding(0) var<storage, read> condition: array<u32>;
@group(0) @binding(1) var<storage, read> a: array<u32>;
@group(0) @binding(2) var<storage, read> b: array<u32>;
@group(0) @binding(3) var<storage, read_write> output: array<u32>;
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let first = index_1d(group, groups, local) * 4u;
  let end = min(first + 4u, params.count);
  for (var i = first; i < end; i++) {
    let at = (vec3<u32>(i) / params.blocks) % params.sizes;
    var bits = condition[at.x];
    // -0 is 0.
    if (FLOAT != 0u) { bits &= 0x7fffffffu; }
    var value = 0u;
    if (bits != 0u) {
      if (HAS_A != 0u) { value = a[at.y]; }
    } else if (HAS_B != 0u) {
      value = b[at.z];
    }
    output[i] = value;
  }
}
