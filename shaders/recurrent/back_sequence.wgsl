// A whole sequence of a recurrent layer backwards through time in one dispatch: a workgroup takes one batch item through all
// steps, last first; what the gates send to the step before stays in workgroup memory. gates [T][B][gates · H] gets what flows
// into the gates' sums; hiddenGates, for the GRU, that on the side of the hidden state, which differs; h0Grad what flows into
// h0. carry [B][H] is each unit's own. Every invocation does every WIDTH-th hidden unit.

override WIDTH: u32 = 64u;
override HIDDEN: u32 = 64u;
override GATES: u32 = 4u;

struct Params {
  steps: u32,
  batch: u32,
}

@group(0) @binding(0) var<storage, read> slots: array<f32>;
@group(0) @binding(1) var<storage, read> weightHh: array<f32>;
@group(0) @binding(2) var<storage, read> flow: array<f32>;
@group(0) @binding(3) var<storage, read_write> gates: array<f32>;
@group(0) @binding(4) var<storage, read_write> hiddenGates: array<f32>;
@group(0) @binding(5) var<storage, read_write> carry: array<f32>;
@group(0) @binding(6) var<storage, read_write> h0Grad: array<f32>;
@group(0) @binding(7) var<uniform> params: Params;

// The slots of unit j of the row (step and batch item) at `row`.
fn slots_at(row: u32, j: u32) -> Slots {
  let first = row * slot_count() * HIDDEN + j;
  if (KIND < 2u) { return Slots(vec4<f32>(slots[first], 0.0, 0.0, 0.0), 0.0, 0.0); }
  let known = vec4<f32>(
    slots[first],
    slots[first + HIDDEN],
    slots[first + 2u * HIDDEN],
    slots[first + 3u * HIDDEN],
  );
  var after = 0.0;
  if (KIND == 2u) { after = slots[first + 5u * HIDDEN]; }
  return Slots(known, slots[first + 4u * HIDDEN], after);
}

// What the gates of the step after send, and what is written for the next: in turns.
var<workgroup> sent: array<f32, GATES * HIDDEN * 2u>;

@compute @workgroup_size(WIDTH)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let b = group.x;
  let width = GATES * HIDDEN;
  for (var g = local; g < width; g += WIDTH) { sent[g] = 0.0; }
  workgroupBarrier();
  for (var n = 0u; n <= params.steps; n++) {
    let old = (n % 2u) * width;
    let fresh = width - old;
    let row = (params.steps - min(n + 1u, params.steps)) * params.batch + b;
    for (var j = local; j < HIDDEN; j += WIDTH) {
      let i = b * HIDDEN + j;
      var sum = 0.0;
      for (var g = 0u; g < width; g++) { sum += sent[old + g] * weightHh[g * HIDDEN + j]; }
      if (KIND == 3u && n > 0u) { sum += carry[i]; }
      if (n == params.steps) {
        h0Grad[i] = sum;
      } else {
        sum += flow[row * HIDDEN + j];
        let back = cell_back(slots_at(row, j), sum, carry[i]);
        for (var g = 0u; g < GATES; g++) {
          gates[row * width + g * HIDDEN + j] = back.input_side[g];
          sent[fresh + g * HIDDEN + j] = back.hidden_side[g];
          if (KIND == 3u) { hiddenGates[row * width + g * HIDDEN + j] = back.hidden_side[g]; }
        }
        carry[i] = back.carry;
      }
    }
    workgroupBarrier();
  }
}
