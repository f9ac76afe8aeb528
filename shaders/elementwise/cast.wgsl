// output[i] = input[i] as another type. TO 0: f32, 1: i32 (cut towards 0, kept to its range, NaN 0), 2: 1.0 where not 0, else
// 0.0, 3: f32 rounded to f16, 4: to bf16. The input is i32 where INTEGER is not 0, else f32. One invocation PER neighbours.

override INTEGER: u32 = 0u;
override TO: u32 = 0u;
override PER: u32 = 1u;

struct Params { count: u32 }

@group(0) @binding(0) var<storage, read> input: array<u32>;
@group(0) @binding(1) var<storage, read_write> output: array<u32>;
@group(0) @binding(2) var<uniform> params: Params;

// The bits of an f32 rounded to `kept` bits of fraction, a half to the even one; a carry may raise the exponent.
fn rounded(bits: u32, kept: u32) -> u32 {
  let dropped = 23u - kept;
  let odd = (bits >> dropped) & 1u;
  return ((bits + (1u << (dropped - 1u)) - 1u + odd) >> dropped) << dropped;
}

fn to_half(x: f32) -> f32 {
  let a = abs(x);
  // Below the smallest normal number, steps are 2^-24 wide.
  if (a < 6.103515625e-5) { return sign(x) * (round(a * 16777216.0) * 5.9604644775390625e-8); }
  if (a >= 65520.0) { return sign(x) * infinity(); }
  return bitcast<f32>(rounded(bitcast<u32>(x), 10u));
}

fn to_integer(x: f32) -> i32 {
  if (is_nan(x)) { return 0; }
  if (x >= 2147483648.0) { return 2147483647; }
  if (x <= -2147483648.0) { return -2147483647 - 1; }
  return i32(x);
}

fn converted(bits: u32) -> u32 {
  if (INTEGER != 0u && TO == 1u) { return bits; }
  if (TO == 2u) {
    let zero = bits == 0u || (INTEGER == 0u && bits == 0x80000000u);
    return bitcast<u32>(select(1.0, 0.0, zero));
  }
  var x = bitcast<f32>(bits);
  if (INTEGER != 0u) { x = f32(bitcast<i32>(bits)); }
  if (TO == 1u) { return bitcast<u32>(to_integer(x)); }
  if (TO == 0u || is_nan(x) || is_inf(x)) { return bitcast<u32>(x); }
  if (TO == 3u) { return bitcast<u32>(to_half(x)); }
  return rounded(bitcast<u32>(x), 7u);
}

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let first = index_1d(group, groups, local) * PER;
  let end = min(first + PER, params.count);
  for (var i = first; i < end; i++) { output[i] = converted(input[i]); }
}
