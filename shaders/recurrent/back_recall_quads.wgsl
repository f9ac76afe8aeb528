// What the forward steps of a recurrent layer knew, worked out again for all steps at once, as the hidden states are at hand:
// slots [T][B][slot][H] (lib/cell_back.wgsl). projected [T][B][gates · H], packedHh [H][gates · H]; the hidden state before a
// step is h0 at step 0 and states[step − 1] later, states [T][B][H]. One invocation four hidden units of four rows of step and
// batch item.

override HAS_BIAS: u32 = 0u;

struct Params {
  rows: u32,
  batch: u32,
  quads: u32,
}

@group(0) @binding(0) var<storage, read> projected: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> h0: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> states: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> packedHh: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> biasHh: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> slots: array<vec4<f32>>;
@group(0) @binding(6) var<uniform> params: Params;

fn hidden_before(row: u32, quad: u32) -> vec4<f32> {
  if (row < params.batch) { return h0[row * params.quads + quad]; }
  return states[(row - params.batch) * params.quads + quad];
}

fn bias(gate: u32, j: u32) -> vec4<f32> {
  if (HAS_BIAS == 0u) { return vec4<f32>(); }
  return biasHh[gate * params.quads + j];
}

fn finish(row: u32, j: u32, ha: vec4<f32>, hb: vec4<f32>, hc: vec4<f32>, hd: vec4<f32>) {
  let quads = params.quads;
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
  let before = hidden_before(row, j);
  let s0 = cell_recall(x[0], h[0], before.x);
  let s1 = cell_recall(x[1], h[1], before.y);
  let s2 = cell_recall(x[2], h[2], before.z);
  let s3 = cell_recall(x[3], h[3], before.w);
  let known = gates_of(s0.gates, s1.gates, s2.gates, s3.gates);
  let slot = row * slot_count() * quads + j;
  slots[slot] = known[0];
  if (KIND >= 2u) {
    slots[slot + quads] = known[1];
    slots[slot + 2u * quads] = known[2];
    slots[slot + 3u * quads] = known[3];
  }
  if (KIND == 3u) { slots[slot + 4u * quads] = vec4<f32>(s0.before, s1.before, s2.before, s3.before); }
}

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let i = index_1d(group, groups, local);
  if (i >= (params.rows + 3u) / 4u * params.quads) { return; }
  let j = i % params.quads;
  let first = i / params.quads * 4u;
  let rows = min(first + vec4<u32>(0u, 1u, 2u, 3u), vec4<u32>(params.rows - 1u));
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
  if (first + 1u < params.rows) { finish(rows.y, j, sums.a[1] + ba, sums.b[1] + bb, sums.c[1] + bc, sums.d[1] + bd); }
  if (first + 2u < params.rows) { finish(rows.z, j, sums.a[2] + ba, sums.b[2] + bb, sums.c[2] + bc, sums.d[2] + bd); }
  if (first + 3u < params.rows) { finish(rows.w, j, sums.a[3] + ba, sums.b[3] + bb, sums.c[3] + bc, sums.d[3] + bd); }
}
