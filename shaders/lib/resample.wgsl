// Where elements of a resized axis come from. Positions are fixed-point numbers of 64 bits, 40 of them after the point, rounded
// to 20: so that one which is meant to fall on an element, or half-way between two, does.

// 0 nearest, 1 linear, 2 cubic.
override MODE: u32 = 0u;
// How nearest rounds: 0 halves down, 1 halves up, 2 down, 3 up.
override ROUNDING: u32 = 0u;
// Taps outside the axis count for nothing, and the others are weighted up.
override EXCLUDE: u32 = 0u;
// Weights are made to sum to 1.
override NORMALISE: u32 = 0u;
// Positions outside the axis have a value of their own.
override EXTRAPOLATE: u32 = 0u;

struct Params {
  count: u32,
  inExtent: u32,
  outExtent: u32,
  inner: u32,
  // Position of element x: slope · x + offset, as high and low words of two's complements.
  slope: vec2<u32>,
  offset: vec2<u32>,
  // Taps of an element: the first, from the one at or below its position, and how many; and how distances to them are scaled.
  start: i32,
  taps: i32,
  spread: f32,
  cubic: f32,
  extrapolation: f32,
  // Elements of the resized axis that lie this far about an element can read it; below 0, any can.
  reach: i32,
}

@group(0) @binding(9) var<uniform> params: Params;

// A position: the element at or below it, and what is left.
struct Place {
  index: i32,
  part: f32,
}

fn place_of(x: u32) -> Place {
  // The low word times x, from its halves; the high word times x wraps around.
  let low = params.slope.y & 0xffffu;
  let high = params.slope.y >> 16u;
  let xLow = x & 0xffffu;
  let xHigh = x >> 16u;
  let middle = high * xLow + ((low * xLow) >> 16u);
  let cross = low * xHigh + (middle & 0xffffu);
  let productLow = params.slope.y * x;
  let productHigh = params.slope.x * x + high * xHigh + (middle >> 16u) + (cross >> 16u);
  let sumLow = productLow + params.offset.y;
  let sumHigh = productHigh + params.offset.x + select(0u, 1u, sumLow < productLow);
  // Half of the last bit that is kept.
  let roundedLow = sumLow + 0x80000u;
  let roundedHigh = sumHigh + select(0u, 1u, roundedLow < sumLow);
  let rest = ((roundedHigh & 0xffu) << 12u) | (roundedLow >> 20u);
  return Place(bitcast<i32>(roundedHigh) >> 8u, f32(rest) * 9.5367431640625e-7);
}

// The element that "nearest" means.
fn nearest(place: Place) -> i32 {
  var up = place.part > 0.5;
  if (ROUNDING == 1u) { up = place.part >= 0.5; }
  if (ROUNDING == 2u) { up = false; }
  if (ROUNDING == 3u) { up = place.part > 0.0; }
  return clamp(place.index + select(0, 1, up), 0, i32(params.inExtent) - 1);
}

fn beyond(place: Place) -> bool {
  let last = i32(params.inExtent) - 1;
  return place.index < 0 || place.index > last || (place.index == last && place.part > 0.0);
}

// The weight of the element `tap` away from the one at or below the position. Cubic: Keys, "Cubic convolution interpolation for
// digital image processing" (1981).
fn weight(tap: i32, part: f32) -> f32 {
  let d = abs((f32(tap) - part) * params.spread);
  if (MODE == 1u) { return max(0.0, 1.0 - d); }
  let a = params.cubic;
  if (d <= 1.0) { return ((a + 2.0) * d - (a + 3.0)) * d * d + 1.0; }
  if (d < 2.0) { return ((a * d - 5.0 * a) * d + 8.0 * a) * d - 4.0 * a; }
  return 0.0;
}

// That weight where it counts: 0 for an element outside the axis that is left out.
fn counted(place: Place, tap: i32) -> f32 {
  let at = place.index + tap;
  if (EXCLUDE != 0u && (at < 0 || at >= i32(params.inExtent))) { return 0.0; }
  return weight(tap, place.part);
}

fn total_weight(place: Place) -> f32 {
  if (NORMALISE == 0u) { return 1.0; }
  var total = 0.0;
  for (var t = 0; t < params.taps; t++) { total += counted(place, params.start + t); }
  return total;
}
