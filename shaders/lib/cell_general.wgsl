// One step of a recurrent cell for one hidden unit, with all that ONNX's layers may have: activations of one's own, sums cut to
// ±CLIP, peepholes, an input gate coupled to the forget gate. KIND and gates as in lib/cell.wgsl. Joined with lib/unary.wgsl.

override KIND: u32 = 0u;
// Largest sum that reaches an activation; 0 is none.
override CLIP: f32 = 0.0;
override COUPLED: u32 = 0u;
// Activations by the codes of lib/unary.wgsl: of gates, of the candidate, of the cell on its way out.
override GATE: u32 = 6u;
override GATE_ALPHA: f32 = 0.0;
override GATE_BETA: f32 = 0.0;
override CANDIDATE: u32 = 7u;
override CANDIDATE_ALPHA: f32 = 0.0;
override CANDIDATE_BETA: f32 = 0.0;
override OUTPUT: u32 = 7u;
override OUTPUT_ALPHA: f32 = 0.0;
override OUTPUT_BETA: f32 = 0.0;

fn cut(x: f32) -> f32 {
  if (CLIP == 0.0 || is_nan(x)) { return x; }
  return clamp(x, -CLIP, CLIP);
}

fn gate(x: f32) -> f32 {
  let sum = cut(x);
  return apply_unary(GATE, sum, GATE_ALPHA, GATE_BETA);
}

fn candidate_of(x: f32) -> f32 {
  let sum = cut(x);
  return apply_unary(CANDIDATE, sum, CANDIDATE_ALPHA, CANDIDATE_BETA);
}

// The new hidden value and the new cell value (0 where there is none). `peep` holds the unit's peepholes i, f, o. Of a GRU that
// resets before the product, h.z is the sum over the state that was reset.
fn general_step(x: vec4<f32>, h: vec4<f32>, peep: vec3<f32>, hidden: f32, state: f32, resetAfter: bool) -> vec2<f32> {
  if (KIND == 2u) {
    let input_gate = gate(x.x + h.x + peep.x * state);
    var forget_gate = gate(x.y + h.y + peep.y * state);
    if (COUPLED != 0u) { forget_gate = 1.0 - input_gate; }
    let candidate = candidate_of(x.z + h.z);
    let next = forget_gate * state + input_gate * candidate;
    let output_gate = gate(x.w + h.w + peep.z * next);
    let out = apply_unary(OUTPUT, next, OUTPUT_ALPHA, OUTPUT_BETA);
    return vec2<f32>(output_gate * out, next);
  }
  if (KIND == 3u) {
    let reset = gate(x.x + h.x);
    let update = gate(x.y + h.y);
    let share = select(h.z, reset * h.z, resetAfter);
    let candidate = candidate_of(x.z + share);
    return vec2<f32>((1.0 - update) * candidate + update * hidden, 0.0);
  }
  let value = candidate_of(x.x + h.x);
  return vec2<f32>(value, 0.0);
}
