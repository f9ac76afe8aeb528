// The fused activation of a kernel's epilogue; joined with lib/unary.wgsl and lib/nonfinite.wgsl. 0 is none.

override ACTIVATION: u32 = 0u;
override ACTIVATION_ALPHA: f32 = 0.0;
override ACTIVATION_BETA: f32 = 0.0;

fn activate(x: f32) -> f32 {
  if (ACTIVATION == 0u) { return x; }
  return apply_unary(ACTIVATION, x, ACTIVATION_ALPHA, ACTIVATION_BETA);
}
