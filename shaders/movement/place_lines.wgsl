// output = zeros with the input placed into it: output[starts + steps · c] = input[c]. Data moves as bits. Up to eight axes,
// the last fastest. One invocation four neighbours of a line of the output, which share the coordinates of the line.

struct Params {
  quads: u32,
  quadsPerLine: u32,
  width: u32,
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
  if (i >= params.quads) { return; }
  let line = i / params.quadsPerLine;
  let first = (i % params.quadsPerLine) * 4u;
  var rest = line;
  var source = 0u;
  var lands = true;
  for (var n = 1u; n < 8u; n++) {
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
  let step = params.steps[1].w;
  for (var x = first; x < min(first + 4u, params.width); x++) {
    let reach = x - params.starts[1].w;
    let own = reach / step;
    var value = 0u;
    if (lands && own * step == reach && own < params.ownExtents[1].w) { value = input[source + own]; }
    output[line * params.width + x] = value;
  }
}
