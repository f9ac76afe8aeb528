// output[2i] and output[2i + 1] = the halves in the low and high bits of input[i]. One invocation WORDS words.

override WORDS: u32 = 1u;

struct Params {
  // Of the output.
  count: u32,
}

@group(0) @binding(0) var<storage, read> input: array<u32>;
@group(0) @binding(1) var<storage, read_write> output: array<u32>;
@group(0) @binding(2) var<uniform> params: Params;

fn bits_of(half: u32) -> u32 {
  let sign = (half & 0x8000u) << 16u;
  let exponent = (half >> 10u) & 0x1fu;
  let fraction = half & 0x3ffu;
  if (exponent == 31u) { return sign | 0x7f800000u | (fraction << 13u); }
  if (exponent > 0u) { return sign | ((exponent + 112u) << 23u) | (fraction << 13u); }
  if (fraction == 0u) { return sign; }
  // A multiple of 2^-24: float32 has an exponent for it.
  let lead = firstLeadingBit(fraction);
  return sign | ((lead + 103u) << 23u) | ((fraction << (23u - lead)) & 0x7fffffu);
}

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let first = index_1d(group, groups, local) * WORDS;
  let words = (params.count + 1u) / 2u;
  for (var i = first; i < min(first + WORDS, words); i++) {
    output[2u * i] = bits_of(input[i] & 0xffffu);
    if (2u * i + 1u < params.count) { output[2u * i + 1u] = bits_of(input[i] >> 16u); }
  }
}
