// base^(−BETA) for the response normalisations, base > 0. The customary BETA = 3/4 needs no logarithm.

override BETA: f32 = 0.75;

fn inverse_power(base: f32) -> f32 {
  if (BETA == 0.75) {
    let r = inverseSqrt(base);
    return r * sqrt(r);
  }
  if (BETA == 0.5) { return inverseSqrt(base); }
  if (BETA == 1.0) { return 1.0 / base; }
  return pow(base, -BETA);
}

fn inverse_power4(base: vec4<f32>) -> vec4<f32> {
  if (BETA == 0.75) {
    let r = inverseSqrt(base);
    return r * sqrt(r);
  }
  if (BETA == 0.5) { return inverseSqrt(base); }
  if (BETA == 1.0) { return vec4<f32>(1.0) / base; }
  return pow(base, vec4<f32>(-BETA));
}
