// Gradient of response normalisation by its formula: with s(i) = k + coefficient · Σ input² over the window of i,
// output[j] = cotangent[j] · s(j)^(−BETA) − 2 · BETA · coefficient · input[j] · Σ cotangent[i] · input[i] · s(i)^(−BETA − 1),
// the last sum over all i whose window holds j. All [planes][rows][columns]; across channels rows are channels and columns
// pixels, within a map they are its own. One invocation an element, which works out every s anew.

struct Params {
  count: u32,
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
@group(0) @binding(2) var<storage, read_write> output: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

// Over the window of the element at (row, column) of the plane that begins at `plane`.
fn base_of(plane: u32, row: u32, column: u32) -> f32 {
  var sum = 0.0;
  for (var v = row - min(row, params.before); v <= min(row + params.after, params.rows - 1u); v++) {
    for (var u = column - min(column, params.beforeColumn); u <= min(column + params.afterColumn, params.columns - 1u); u++) {
      let value = input[plane + v * params.columns + u];
      sum += value * value;
    }
  }
  return params.k + params.coefficient * sum;
}

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let i = index_1d(group, groups, local);
  if (i >= params.count) { return; }
  let column = i % params.columns;
  let row = (i / params.columns) % params.rows;
  let plane = i - row * params.columns - column;
  var sum = 0.0;
  for (var v = row - min(row, params.after); v <= min(row + params.before, params.rows - 1u); v++) {
    for (var u = column - min(column, params.afterColumn); u <= min(column + params.beforeColumn, params.columns - 1u); u++) {
      let base = base_of(plane, v, u);
      let at = plane + v * params.columns + u;
      sum += cotangent[at] * input[at] * inverse_power(base) / base;
    }
  }
  let own = cotangent[i] * inverse_power(base_of(plane, row, column));
  output[i] = own - 2.0 * BETA * params.coefficient * input[i] * sum;
}
