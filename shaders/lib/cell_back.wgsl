// One step of a recurrent cell backwards, for one hidden unit. What the forward step knew is kept in slots: LSTM i, f, g, o,
// the cell before, tanh of the cell after; GRU r, z, n, n's hidden share, the hidden value before; RNN the derivative.
// Joined with lib/cell.wgsl, whose KIND says which cell, and lib/unary.wgsl.

fn slot_count() -> u32 {
  if (KIND == 2u) { return 6u; }
  if (KIND == 3u) { return 5u; }
  return 1u;
}

struct Slots {
  gates: vec4<f32>,
  // LSTM: the cell before and tanh of the cell after, filled in later; GRU: the hidden value before.
  before: f32,
  after: f32,
}

struct CellBack {
  // What flows into the gates' sums on the side of the input, and on that of the hidden state.
  input_side: vec4<f32>,
  hidden_side: vec4<f32>,
  // What flows past the gates into the step before: into the cell (LSTM) or the hidden value (GRU).
  carry: f32,
}

// The slots of a unit from its gates' sums; x from the input, h from the hidden state, biases included.
fn cell_recall(x: vec4<f32>, h: vec4<f32>, hidden: f32) -> Slots {
  let sum = x + h;
  if (KIND == 2u) {
    let gates = vec4<f32>(sigmoid_f32(sum.x), sigmoid_f32(sum.y), tanh_f32(sum.z), sigmoid_f32(sum.w));
    return Slots(gates, 0.0, 0.0);
  }
  if (KIND == 3u) {
    let reset = sigmoid_f32(sum.x);
    return Slots(vec4<f32>(reset, sigmoid_f32(sum.y), tanh_f32(x.z + reset * h.z), h.z), hidden, 0.0);
  }
  if (KIND == 1u) { return Slots(vec4<f32>(select(1.0, 0.0, sum.x <= 0.0 && !is_nan(sum.x))), 0.0, 0.0); }
  let y = tanh_f32(sum.x);
  return Slots(vec4<f32>(1.0 - y * y), 0.0, 0.0);
}

// `flow` is what flows into the unit's hidden value, `carry` into its cell (LSTM).
fn cell_back(s: Slots, flow: f32, carry: f32) -> CellBack {
  let a = s.gates;
  if (KIND == 2u) {
    let cell = carry + flow * a.w * (1.0 - s.after * s.after);
    let back = vec4<f32>(
      cell * a.z * a.x * (1.0 - a.x),
      cell * s.before * a.y * (1.0 - a.y),
      cell * a.x * (1.0 - a.z * a.z),
      flow * s.after * a.w * (1.0 - a.w),
    );
    return CellBack(back, back, cell * a.y);
  }
  if (KIND == 3u) {
    let candidate = flow * (1.0 - a.y) * (1.0 - a.z * a.z);
    let reset = candidate * a.w * a.x * (1.0 - a.x);
    let update = flow * (s.before - a.z) * a.y * (1.0 - a.y);
    return CellBack(
      vec4<f32>(reset, update, candidate, 0.0),
      vec4<f32>(reset, update, candidate * a.x, 0.0),
      flow * a.y,
    );
  }
  let back = vec4<f32>(flow * a.x, 0.0, 0.0, 0.0);
  return CellBack(back, back, 0.0);
}
