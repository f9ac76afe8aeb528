// First half of the gradient of response normalisation: with s = k + coefficient · Σ input² over an element's window,
// flow = cotangent · s^(−BETA) and term = flow · input / s, which grad_gather.wgsl adds up over windows the other way round.
// All [planes][rows][columns]; across channels rows are channels and columns pixels, within a map they are its own. One
// invocation four neighbouring rows of a column: each square that is loaded serves the windows that share it.

struct Params {
  quads: u32,
  quadsPerPlane: u32,
  rows: u32,
  columns: u32,
  before: u32,
  after: u32,
  // Reach along a row; 0 where the window lies across rows only.
  beforeColumn: u32,
  afterColumn: u32,
  coefficient: f32,
  k: f32,
}

@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read> cotangent: array<f32>;
@group(0) @binding(2) var<storage, read_write> flow: array<f32>;
@group(0) @binding(3) var<storage, read_write> term: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let i = index_1d(group, groups, local);
  if (i >= params.quads) { return; }
  let column = i % params.columns;
  let quad = i / params.columns;
  let row = (quad % params.quadsPerPlane) * 4u;
  let plane = (quad / params.quadsPerPlane) * params.rows * params.columns;
  let centres = vec4<u32>(row, row + 1u, row + 2u, row + 3u);
  let firsts = centres - min(centres, vec4<u32>(params.before));
  let lasts = centres + vec4<u32>(params.after);
  let end = min(row + 3u + params.after, params.rows - 1u);
  let left = column - min(column, params.beforeColumn);
  let right = min(column + params.afterColumn, params.columns - 1u);
  var sums = vec4<f32>();
  for (var j = firsts.x; j <= end; j++) {
    var squares = 0.0;
    for (var u = left; u <= right; u++) {
      let value = input[plane + j * params.columns + u];
      squares += value * value;
    }
    let at = vec4<u32>(j);
    sums += select(vec4<f32>(), vec4<f32>(squares), (at >= firsts) & (at <= lasts));
  }
  for (var j = 0u; j < 4u; j++) {
    if (row + j < params.rows) {
      let at = plane + (row + j) * params.columns + column;
      let base = params.k + params.coefficient * sums[j];
      let scaled = cotangent[at] * inverse_power(base);
      flow[at] = scaled;
      term[at] = scaled * input[at] / base;
    }
  }
}
