// What the reductions share: KIND 0 sum, 1 mean, 2 max, 3 argmax. Joined with lib/nonfinite.wgsl.

override KIND: u32 = 0u;

// A running result: a sum, or the best value so far and its place.
struct Running {
  value: f32,
  place: u32,
}

fn combined(a: Running, b: Running) -> Running {
  if (KIND < 2u) { return Running(a.value + b.value, 0u); }
  // NaN wins, and of equal values the earlier place, as in PyTorch.
  let aNan = is_nan(a.value);
  let bNan = is_nan(b.value);
  if (aNan || bNan) {
    if (aNan && (!bNan || a.place < b.place)) { return a; }
    return b;
  }
  if (a.value > b.value || (a.value == b.value && a.place < b.place)) { return a; }
  return b;
}
