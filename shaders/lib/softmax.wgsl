// What the kernels of softmax share; joined with lib/nonfinite.wgsl.

// Below every finite number but itself: a maximum never starts at −∞, which WGSL lets an implementation assume away.
const LOWEST: f32 = -3.4028234e38;

// Values that make a whole line NaN: NaN, and +∞ (as ∞ − ∞).
fn spoils(x: f32) -> bool {
  return is_nan(x) || bitcast<u32>(x) == 0x7f800000u;
}

// e^(x − largest), 0 for −∞.
fn exp_shifted(x: f32, largest: f32) -> f32 {
  if (bitcast<u32>(x) == 0xff800000u) { return 0.0; }
  return exp(x - largest);
}

// The result for one element, from its line's largest and sum. A sum of 0 means that all were −∞, and then it is NaN.
fn normalised(x: f32, largest: f32, sum: f32, bad: bool, logarithm: bool) -> f32 {
  if (bad || sum == 0.0) { return quiet_nan(); }
  if (logarithm) {
    if (bitcast<u32>(x) == 0xff800000u) { return x; }
    return (x - largest) - log(sum);
  }
  return exp_shifted(x, largest) / sum;
}
