// A whole sequence of a recurrent layer in one dispatch: a workgroup takes one batch item through all steps, the hidden
// state stays in workgroup memory, and nobody waits for the host. Every invocation does every WIDTH-th hidden unit.
// projected [T][B][gates · H], weightHh [gates · H][H]. The running cell state lies in `lastCell`, where each unit reads and
// writes only its own.

override HAS_BIAS: u32 = 0u;
override WIDTH: u32 = 64u;
override HIDDEN: u32 = 64u;

struct Params {
  steps: u32,
  batch: u32,
}

@group(0) @binding(0) var<storage, read> projected: array<f32>;
@group(0) @binding(1) var<storage, read> h0: array<f32>;
@group(0) @binding(2) var<storage, read> c0: array<f32>;
@group(0) @binding(3) var<storage, read> weightHh: array<f32>;
@group(0) @binding(4) var<storage, read> biasHh: array<f32>;
@group(0) @binding(5) var<storage, read_write> output: array<f32>;
@group(0) @binding(6) var<storage, read_write> lastHidden: array<f32>;
@group(0) @binding(7) var<storage, read_write> lastCell: array<f32>;
@group(0) @binding(8) var<uniform> params: Params;

// The hidden state before a step and after it, in turns.
var<workgroup> states: array<f32, HIDDEN * 2u>;

@compute @workgroup_size(WIDTH)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let b = group.x;
  let gates = gate_count();
  for (var j = local; j < HIDDEN; j += WIDTH) { states[j] = h0[b * HIDDEN + j]; }
  workgroupBarrier();
  for (var t = 0u; t < params.steps; t++) {
    let old = (t % 2u) * HIDDEN;
    let fresh = HIDDEN - old;
    let row = t * params.batch + b;
    for (var j = local; j < HIDDEN; j += WIDTH) {
      var x = vec4<f32>();
      var h = vec4<f32>();
      for (var g = 0u; g < gates; g++) {
        x[g] = projected[(row * gates + g) * HIDDEN + j];
        if (HAS_BIAS != 0u) { h[g] = biasHh[g * HIDDEN + j]; }
      }
      for (var k = 0u; k < HIDDEN; k++) {
        let value = states[old + k];
        for (var g = 0u; g < gates; g++) {
          h[g] += value * weightHh[(g * HIDDEN + j) * HIDDEN + k];
        }
      }
      let at = b * HIDDEN + j;
      var state = 0.0;
      if (KIND == 2u) {
        if (t == 0u) { state = c0[at]; } else { state = lastCell[at]; }
      }
      let next = cell_step(x, h, states[old + j], state);
      states[fresh + j] = next.x;
      output[row * HIDDEN + j] = next.x;
      if (KIND == 2u) { lastCell[at] = next.y; }
      if (t + 1u == params.steps) { lastHidden[at] = next.x; }
    }
    workgroupBarrier();
  }
}
