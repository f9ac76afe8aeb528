// output = input with elements before and after along any of its axes. MODE 0: of one value; 1: the nearest of the input's; 2:
// the input mirrored about its ends, which are not repeated; 3: the input over and over. Element at coordinates x of the output
// is the input's at x − before, brought into the input as the mode says. Data moves as bits. Up to eight axes, the last fastest.
// One invocation PER neighbours.

override MODE: u32 = 0u;
override PER: u32 = 1u;

struct Params {
  count: u32,
  bits: u32,
  extents: array<vec4<u32>, 2>,
  before: array<vec4<u32>, 2>,
  ownExtents: array<vec4<u32>, 2>,
  ownStrides: array<vec4<u32>, 2>,
}

@group(0) @binding(0) var<storage, read> input: array<u32>;
@group(0) @binding(1) var<storage, read_write> output: array<u32>;
@group(0) @binding(2) var<uniform> params: Params;

// `x` of an axis of `extent`, brought into it.
fn inside(x: i32, extent: i32) -> i32 {
  if (MODE == 1u) { return clamp(x, 0, extent - 1); }
  if (MODE == 2u) {
    // There and back again, without the ends twice.
    let period = max(2 * (extent - 1), 1);
    let way = ((x % period) + period) % period;
    return min(way, period - way) % extent;
  }
  return ((x % extent) + extent) % extent;
}

fn padded(i: u32) -> u32 {
  var rest = i;
  var source = 0u;
  for (var n = 0u; n < 8u; n++) {
    let axis = 7u - n;
    let extent = params.extents[axis >> 2u][axis & 3u];
    let own = i32(params.ownExtents[axis >> 2u][axis & 3u]);
    var x = i32(rest % extent) - i32(params.before[axis >> 2u][axis & 3u]);
    rest /= extent;
    if (MODE == 0u) {
      if (x < 0 || x >= own) { return params.bits; }
    } else {
      x = inside(x, own);
    }
    source += u32(x) * params.ownStrides[axis >> 2u][axis & 3u];
  }
  return input[source];
}

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let first = index_1d(group, groups, local) * PER;
  let end = min(first + PER, params.count);
  for (var i = first; i < end; i++) { output[i] = padded(i); }
}
