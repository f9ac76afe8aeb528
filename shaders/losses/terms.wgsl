// The terms of a loss, each times `scale`, summed in one go by a single workgroup: every invocation adds up every
// WORKGROUP-th term, then a tree in workgroup memory. KIND 0: (input − target)²; 1: binary cross-entropy of logits,
// max(x, 0) − x·t + log(1 + e^−|x|); 2: cross-entropy of logits and labels, log Σ eˣ⁻ᵐ + m − x[label].
// For kinds 0 and 1 a term is an element; for kind 2 a line of `classes` logits, `inner` apart, as in softmax.

override KIND: u32 = 0u;
override WORKGROUP: u32 = 64u;

struct Params {
  terms: u32,
  classes: u32,
  inner: u32,
  scale: f32,
}

@group(0) @binding(0) var<storage, read> input: array<f32>;
// Targets as numbers, or labels, by their bits.
@group(0) @binding(1) var<storage, read> target_bits: array<u32>;
@group(0) @binding(2) var<storage, read_write> output: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

var<workgroup> partial: array<f32, WORKGROUP>;

fn cross_entropy(line: u32) -> f32 {
  let start = (line / params.inner) * params.classes * params.inner + line % params.inner;
  let label = target_bits[line];
  if (label >= params.classes) { return quiet_nan(); }
  var largest = LOWEST;
  var bad = false;
  for (var c = 0u; c < params.classes; c++) {
    let x = input[start + c * params.inner];
    bad = bad || spoils(x);
    largest = max(largest, x);
  }
  var sum = 0.0;
  for (var c = 0u; c < params.classes; c++) { sum += exp_shifted(input[start + c * params.inner], largest); }
  if (bad || sum == 0.0) { return quiet_nan(); }
  return log(sum) + largest - input[start + label * params.inner];
}

fn term(i: u32) -> f32 {
  if (KIND == 2u) { return cross_entropy(i); }
  let x = input[i];
  let t = bitcast<f32>(target_bits[i]);
  if (KIND == 0u) { return (x - t) * (x - t); }
  let e = exp(-abs(x));
  // log(1 + e) by its series where 1 + e would round e away.
  let softplus = select(log(1.0 + e), e * (1.0 - 0.5 * e), e < 1e-3);
  return max_nan(x, 0.0) - x * t + softplus;
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(local_invocation_index) local: u32) {
  var sum = 0.0;
  for (var i = local; i < params.terms; i += WORKGROUP) { sum += term(i); }
  partial[local] = sum;
  workgroupBarrier();
  for (var half = WORKGROUP / 2u; half > 0u; half /= 2u) {
    if (local < half) { partial[local] += partial[local + half]; }
    workgroupBarrier();
  }
  if (local == 0u) { output[0] = partial[0] * params.scale; }
}
