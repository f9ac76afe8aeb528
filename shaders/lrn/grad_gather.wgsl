// Second half of the gradient of response normalisation: output = flow − 2 · BETA · coefficient · input · Σ term, the sum over
// the elements whose windows hold this one: the window the other way round, so what comes before in it comes after here.
// All [planes][rows][columns], as grad_terms.wgsl has them. One invocation four neighbouring rows of a column.

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
}

@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read> flow: array<f32>;
@group(0) @binding(2) var<storage, read> term: array<f32>;
@group(0) @binding(3) var<storage, read_write> output: array<f32>;
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
    var terms = 0.0;
    for (var u = left; u <= right; u++) { terms += term[plane + j * params.columns + u]; }
    let at = vec4<u32>(j);
    sums += select(vec4<f32>(), vec4<f32>(terms), (at >= firsts) & (at <= lasts));
  }
  for (var j = 0u; j < 4u; j++) {
    if (row + j < params.rows) {
      let at = plane + (row + j) * params.columns + column;
      output[at] = flow[at] - 2.0 * BETA * params.coefficient * input[at] * sums[j];
    }
  }
}
