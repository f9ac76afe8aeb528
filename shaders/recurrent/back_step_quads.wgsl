// One step of a recurrent layer backwards through time: what flows into the hidden state is what comes from outside, what the
// gates of the step after (of row `step + 1`) send through weightHh, and, for the GRU, what flowed past its gates. gates [T][B]
// [gates · H] gets what flows into the gates' sums; hiddenGates, for the GRU, that on the side of the hidden state, which
// differs. FINAL: no step is left, and what flows into h0 goes to h0Grad. carry [B][H] is each unit's own.
// One invocation four hidden units of four batch items.

override FINAL: u32 = 0u;

struct Params {
  step: u32,
  steps: u32,
  batch: u32,
  quads: u32,
}

@group(0) @binding(0) var<storage, read> slots: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> weightHh: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> flow: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> gates: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> hiddenGates: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> carry: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read_write> h0Grad: array<vec4<f32>>;
@group(0) @binding(7) var<uniform> params: Params;

fn sent(at: u32) -> vec4<f32> {
  if (KIND == 3u) { return hiddenGates[at]; }
  return gates[at];
}

// What the gates of the step after send to four units of four batch items.
fn from_after(rows: vec4<u32>, j: u32, after: u32) -> mat4x4<f32> {
  let width = gate_count() * params.quads;
  let at = (after * params.batch + rows) * width;
  var sum = mat4x4<f32>();
  for (var g = 0u; g < width; g++) {
    let x = sent(at.x + g);
    let y = sent(at.y + g);
    let z = sent(at.z + g);
    let w = sent(at.w + g);
    let weight = 4u * g * params.quads + j;
    sum += outer(vec4<f32>(x.x, y.x, z.x, w.x), weightHh[weight]);
    sum += outer(vec4<f32>(x.y, y.y, z.y, w.y), weightHh[weight + params.quads]);
    sum += outer(vec4<f32>(x.z, y.z, z.z, w.z), weightHh[weight + 2u * params.quads]);
    sum += outer(vec4<f32>(x.w, y.w, z.w, w.w), weightHh[weight + 3u * params.quads]);
  }
  return sum;
}

fn finish(b: u32, j: u32, sent_back: vec4<f32>, last: bool) {
  let quads = params.quads;
  let i = b * quads + j;
  var sum = sent_back;
  if (KIND == 3u && !last) { sum += carry[i]; }
  if (FINAL != 0u) {
    h0Grad[i] = sum;
    return;
  }
  let row = params.step * params.batch + b;
  sum += flow[row * quads + j];
  let slot = row * slot_count() * quads + j;
  var known = mat4x4<f32>();
  var before = vec4<f32>();
  var after = vec4<f32>();
  if (KIND < 2u) {
    known = transpose(mat4x4<f32>(slots[slot], vec4<f32>(), vec4<f32>(), vec4<f32>()));
  } else {
    known = transpose(
      mat4x4<f32>(slots[slot], slots[slot + quads], slots[slot + 2u * quads], slots[slot + 3u * quads]),
    );
    before = slots[slot + 4u * quads];
  }
  if (KIND == 2u) { after = slots[slot + 5u * quads]; }
  let past = carry[i];
  let b0 = cell_back(Slots(known[0], before.x, after.x), sum.x, past.x);
  let b1 = cell_back(Slots(known[1], before.y, after.y), sum.y, past.y);
  let b2 = cell_back(Slots(known[2], before.z, after.z), sum.z, past.z);
  let b3 = cell_back(Slots(known[3], before.w, after.w), sum.w, past.w);
  let at = row * gate_count() * quads + j;
  let inner = transpose(mat4x4<f32>(b0.input_side, b1.input_side, b2.input_side, b3.input_side));
  gates[at] = inner[0];
  if (KIND >= 2u) {
    gates[at + quads] = inner[1];
    gates[at + 2u * quads] = inner[2];
  }
  if (KIND == 2u) { gates[at + 3u * quads] = inner[3]; }
  if (KIND == 3u) {
    let side = transpose(mat4x4<f32>(b0.hidden_side, b1.hidden_side, b2.hidden_side, b3.hidden_side));
    hiddenGates[at] = side[0];
    hiddenGates[at + quads] = side[1];
    hiddenGates[at + 2u * quads] = side[2];
  }
  carry[i] = vec4<f32>(b0.carry, b1.carry, b2.carry, b3.carry);
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
  // The step after, whose gates send into this one; at the end of the sequence there is none.
  var next = params.step + 1u;
  if (FINAL != 0u) { next = 0u; }
  var sum = mat4x4<f32>();
  let last = next >= params.steps;
  if (!last) { sum = from_after(rows, j, next); }
  finish(rows.x, j, sum[0], last);
  if (first + 1u < params.batch) { finish(rows.y, j, sum[1], last); }
  if (first + 2u < params.batch) { finish(rows.z, j, sum[2], last); }
  if (first + 3u < params.batch) { finish(rows.w, j, sum[3], last); }
}
