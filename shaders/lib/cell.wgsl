// One step of a recurrent cell for one hidden unit. KIND 0: RNN with tanh, 1: RNN with ReLU, 2: LSTM, 3: GRU.
// `x` holds the unit's gates from the input, `h` those from the hidden state, biases included; gate rows are i, f, g, o
// (LSTM) and r, z, n (GRU). Joined with lib/unary.wgsl.

override KIND: u32 = 0u;

fn gate_count() -> u32 {
  if (KIND == 2u) { return 4u; }
  if (KIND == 3u) { return 3u; }
  return 1u;
}

// The new hidden value and the new cell value (0 where there is none).
fn cell_step(x: vec4<f32>, h: vec4<f32>, hidden: f32, state: f32) -> vec2<f32> {
  if (KIND == 2u) {
    let input_gate = sigmoid_f32(x.x + h.x);
    let forget_gate = sigmoid_f32(x.y + h.y);
    let candidate = tanh_f32(x.z + h.z);
    let output_gate = sigmoid_f32(x.w + h.w);
    let next = forget_gate * state + input_gate * candidate;
    return vec2<f32>(output_gate * tanh_f32(next), next);
  }
  if (KIND == 3u) {
    let reset = sigmoid_f32(x.x + h.x);
    let update = sigmoid_f32(x.y + h.y);
    let candidate = tanh_f32(x.z + reset * h.z);
    return vec2<f32>((1.0 - update) * candidate + update * hidden, 0.0);
  }
  if (KIND == 1u) { return vec2<f32>(apply_unary(1u, x.x + h.x, 0.0, 0.0), 0.0); }
  return vec2<f32>(tanh_f32(x.x + h.x), 0.0);
}
