// One step of a recurrent layer: gates from the projected input and the hidden state before, then the cell. One invocation
// four hidden units of four batch items. The hidden state before is h0 at step 0 and output[step − 1] later; the running cell
// state lies in `lastCell`, where each unit reads and writes only its own. projected [T][B][gates · H], packedHh [H][gates · H].

override HAS_BIAS: u32 = 0u;

struct Params {
  step: u32,
  steps: u32,
  batch: u32,
  quads: u32,
}

@group(0) @binding(0) var<storage, read> projected: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> h0: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> c0: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> packedHh: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> biasHh: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> output: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read_write> lastHidden: array<vec4<f32>>;
@group(0) @binding(7) var<storage, read_write> lastCell: array<vec4<f32>>;
@group(0) @binding(8) var<uniform> params: Params;

fn hidden_before(b: u32, quad: u32) -> vec4<f32> {
  if (params.step == 0u) { return h0[b * params.quads + quad]; }
  return output[((params.step - 1u) * params.batch + b) * params.quads + quad];
}

fn bias(gate: u32, j: u32) -> vec4<f32> {
  if (HAS_BIAS == 0u) { return vec4<f32>(); }
  return biasHh[gate * params.quads + j];
}

fn finish(b: u32, j: u32, ha: vec4<f32>, hb: vec4<f32>, hc: vec4<f32>, hd: vec4<f32>) {
  let quads = params.quads;
  let row = params.step * params.batch + b;
  let at = row * gate_count() * quads + j;
  var xb = vec4<f32>();
  var xc = vec4<f32>();
  var xd = vec4<f32>();
  if (KIND >= 2u) {
    xb = projected[at + quads];
    xc = projected[at + 2u * quads];
  }
  if (KIND == 2u) { xd = projected[at + 3u * quads]; }
  let x = gates_of(projected[at], xb, xc, xd);
  let h = gates_of(ha, hb, hc, hd);
  let i = b * quads + j;
  var state = vec4<f32>();
  if (KIND == 2u) {
    if (params.step == 0u) { state = c0[i]; } else { state = lastCell[i]; }
  }
  let before = hidden_before(b, j);
  let n0 = cell_step(x[0], h[0], before.x, state.x);
  let n1 = cell_step(x[1], h[1], before.y, state.y);
  let n2 = cell_step(x[2], h[2], before.z, state.z);
  let n3 = cell_step(x[3], h[3], before.w, state.w);
  let next = vec4<f32>(n0.x, n1.x, n2.x, n3.x);
  output[row * quads + j] = next;
  if (KIND == 2u) { lastCell[i] = vec4<f32>(n0.y, n1.y, n2.y, n3.y); }
  if (params.step + 1u == params.steps) { lastHidden[i] = next; }
}

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let i = index_1d(group, groups, local);
  if (i >= (params.batch + 3u) / 4u * params.quads) { return; }
  let j = i % params.quads;
  let first = i / params.quads * 4u;
  let rows = min(first + vec4<u32>(0u, 1u, 2u, 3u), vec4<u32>(params.batch - 1u));
  let sums = gate_sums(rows, j, params.quads);
  let ba = bias(0u, j);
  var bb = vec4<f32>();
  var bc = vec4<f32>();
  var bd = vec4<f32>();
  if (KIND >= 2u) {
    bb = bias(1u, j);
    bc = bias(2u, j);
  }
  if (KIND == 2u) { bd = bias(3u, j); }
  finish(rows.x, j, sums.a[0] + ba, sums.b[0] + bb, sums.c[0] + bc, sums.d[0] + bd);
  if (first + 1u < params.batch) { finish(rows.y, j, sums.a[1] + ba, sums.b[1] + bb, sums.c[1] + bc, sums.d[1] + bd); }
  if (first + 2u < params.batch) { finish(rows.z, j, sums.a[2] + ba, sums.b[2] + bb, sums.c[2] + bc, sums.d[2] + bd); }
  if (first + 3u < params.batch) { finish(rows.w, j, sums.a[3] + ba, sums.b[3] + bb, sums.c[3] + bc, sums.d[3] + bd); }
}
