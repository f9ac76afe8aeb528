// output[i] = halves of input[2i] (low) and input[2i + 1] (high; zero beyond the end). One invocation WORDS words. Rounding is
// to the nearest, ties to even, on the bits: WGSL leaves the rounding of pack2x16float open, and numbers beyond its range too.

override WORDS: u32 = 1u;

struct Params {
  // Of the input.
  count: u32,
}

@group(0) @binding(0) var<storage, read> input: array<u32>;
@group(0) @binding(1) var<storage, read_write> output: array<u32>;
@group(0) @binding(2) var<uniform> params: Params;

fn half_of(bits: u32) -> u32 {
  let sign = (bits >> 16u) & 0x8000u;
  let magnitude = bits & 0x7fffffffu;
  if (magnitude > 0x7f800000u) { return sign | 0x7e00u; }
  if (magnitude >= 0x477ff000u) { return sign | 0x7c00u; }
  if (magnitude >= 0x38800000u) {
    let rebased = magnitude - 0x38000000u;
    return sign | ((rebased + 0xfffu + ((rebased >> 13u) & 1u)) >> 13u);
  }
  // Below 2^-14 halves are multiples of 2^-24; half of the smallest rounds to 0.
  if (magnitude <= 0x33000000u) { return sign; }
  let shift = 126u - (magnitude >> 23u);
  let fraction = (magnitude & 0x7fffffu) | 0x800000u;
  let kept = fraction >> shift;
  return sign | ((fraction + (1u << (shift - 1u)) - 1u + (kept & 1u)) >> shift);
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
    var word = half_of(input[2u * i]);
    if (2u * i + 1u < params.count) { word |= half_of(input[2u * i + 1u]) << 16u; }
    output[i] = word;
  }
}
