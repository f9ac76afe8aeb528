// output = zeros with the input placed into it: output[starts + steps · c] = input[c]. Data moves as bits. Up to eight axes,
// the last fastest. One invocation an element of the output, which asks whether an element of the input lands on it.

struct Params {
  count: u32,
  extents: array<vec4<u32>, 2>,
  starts: array<vec4<u32>, 2>,
  steps: array<vec4<u32>, 2>,
  ownExtents: array<vec4<u32>, 2>,
  ownStrides: array<vec4<u32>, 2>,
}

@group(0) @binding(0) var<storage, read> input: array<u32>;
@group(0) @binding(1) var<storage, read_write> output: array<u32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let i = index_1d(group, groups, local);
  if (i >= params.count) { return; }
  var rest = i;
  var source = 0u;
  var lands = true;
  for (var n = 0u; n < 8u; n++) {
    let axis = 7u - n;
    let extent = params.extents[axis >> 2u][axis & 3u];
    let step = params.steps[axis >> 2u][axis & 3u];
    // Below 0 wraps around to above every extent.
    let reach = rest % extent - params.starts[axis >> 2u][axis & 3u];
    let own = reach / step;
    lands = lands && own * step == reach && own < params.ownExtents[axis >> 2u][axis & 3u];
    source += own * params.ownStrides[axis >> 2u][axis & 3u];
    rest /= extent;
  }
  var value = 0u;
  if (lands) { value = input[source]; }
  output[i] = value;
}
