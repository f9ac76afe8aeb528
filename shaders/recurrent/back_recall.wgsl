// What the forward steps of a recurrent layer knew, worked out again for all steps at once, as the hidden states are at hand:
// slots [T][B][slot][H] (lib/cell_back.wgsl). projected [T][B][gates · H], weightHh [gates · H][H]; the hidden state before a
// step is h0 at step 0 and states[step − 1] later, states [T][B][H]. One invocation a hidden unit of a step and batch item.

override HAS_BIAS: u32 = 0u;

struct Params {
  steps: u32,
  batch: u32,
  hidden: u32,
}

@group(0) @binding(0) var<storage, read> projected: array<f32>;
@group(0) @binding(1) var<storage, read> h0: array<f32>;
@group(0) @binding(2) var<storage, read> states: array<f32>;
@group(0) @binding(3) var<storage, read> weightHh: array<f32>;
@group(0) @binding(4) var<storage, read> biasHh: array<f32>;
@group(0) @binding(5) var<storage, read_write> slots: array<f32>;
@group(0) @binding(6) var<uniform> params: Params;

fn before(t: u32, b: u32, k: u32) -> f32 {
  if (t == 0u) { return h0[b * params.hidden + k]; }
  return states[((t - 1u) * params.batch + b) * params.hidden + k];
}

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let i = index_1d(group, groups, local);
  if (i >= params.steps * params.batch * params.hidden) { return; }
  let j = i % params.hidden;
  let row = i / params.hidden;
  let b = row % params.batch;
  let t = row / params.batch;
  let gates = gate_count();
  var x = vec4<f32>();
  var h = vec4<f32>();
  for (var g = 0u; g < gates; g++) {
    x[g] = projected[(row * gates + g) * params.hidden + j];
    if (HAS_BIAS != 0u) { h[g] = biasHh[g * params.hidden + j]; }
  }
  for (var k = 0u; k < params.hidden; k++) {
    let value = before(t, b, k);
    for (var g = 0u; g < gates; g++) { h[g] += value * weightHh[(g * params.hidden + j) * params.hidden + k]; }
  }
  let known = cell_recall(x, h, before(t, b, j));
  let at = row * slot_count() * params.hidden + j;
  if (KIND < 2u) {
    slots[at] = known.gates.x;
    return;
  }
  for (var g = 0u; g < 4u; g++) { slots[at + g * params.hidden] = known.gates[g]; }
  if (KIND == 3u) { slots[at + 4u * params.hidden] = known.before; }
}
