// Trigonometric and hyperbolic functions and their inverses to a few units in the last place: WGSL's own may be off by 2^-11.
// Polynomials from S. L. Moshier's Cephes library (sinf, cosf, tanf, asinf, atanf). Joined with lib/functions.wgsl and
// lib/nonfinite.wgsl.

// Bits of 2 / π after the point.
const TWO_OVER_PI = array<u32, 8>(
  0xa2f9836eu, 0x4e441529u, 0xfc2757d1u, 0xf534ddc0u, 0xdb629599u, 0x3c439041u, 0xfe5163abu, 0xdebbc561u,
);

// An angle in [-π/4, π/4] and the quarter turn that it belongs to.
struct Reduced {
  angle: f32,
  quarter: u32,
}

// Sixteen bits of 2 / π from bit `first` on; zeros before the point.
fn sixteen_bits(first: i32) -> u32 {
  if (first <= -16) { return 0u; }
  var bits = TWO_OVER_PI;
  if (first < 0) { return bits[0] >> u32(16 - first); }
  let word = u32(first) >> 5u;
  let shift = u32(first) & 31u;
  var low = 0u;
  if (shift > 0u && word < 7u) { low = bits[word + 1u] >> (32u - shift); }
  return ((bits[word] << shift) | low) >> 16u;
}

// For a large angle, after Payne and Hanek: its 24-bit mantissa times those bits of 2 / π that matter modulo a full turn.
fn reduce_large(x: f32) -> Reduced {
  let bits = bitcast<u32>(x);
  let mantissa = (bits & 0x7fffffu) | 0x800000u;
  // x = mantissa · 2^exponent; bits of 2 / π worth a full turn (4 quarters) and more are left out.
  let exponent = i32((bits >> 23u) & 0xffu) - 150;
  let first = exponent - 2;
  var limbs = array<u32, 6>();
  var carry = 0u;
  let low = mantissa & 0xffffu;
  let high = mantissa >> 16u;
  var before = 0u;
  // From the lowest limb up: limb · low, and the limb below it · high, which lies sixteen bits higher.
  for (var i = 0u; i < 6u; i++) {
    let at = 5u - i;
    let limb = sixteen_bits(first + 16 * i32(at));
    let sum = limb * low + carry;
    let more = before * high + (sum & 0xffffu);
    limbs[at] = more & 0xffffu;
    carry = (sum >> 16u) + (more >> 16u);
    before = limb;
  }
  // The two highest bits count quarters, the rest is a fraction of one.
  var quarter = limbs[0] >> 14u;
  let fraction = ((limbs[0] & 0x3fffu) << 18u) | (limbs[1] << 2u) | (limbs[2] >> 14u);
  var part = f32(fraction) * 2.3283064365386963e-10;
  if (fraction >= 0x80000000u) {
    // The nearest quarter lies above.
    part = -f32(~fraction) * 2.3283064365386963e-10;
    quarter += 1u;
  }
  let angle = part * 1.5707963267948966;
  if (x < 0.0) { return Reduced(-angle, (4u - (quarter & 3u)) & 3u); }
  return Reduced(angle, quarter & 3u);
}

fn reduce(x: f32) -> Reduced {
  if (abs(x) > 8192.0) { return reduce_large(x); }
  let quarters = round(x * 0.6366197723675814);
  // π/2 in three parts, the first two short enough for exact products (Cody and Waite).
  let angle = ((x - quarters * 1.5703125) - quarters * 4.837512969970703e-4) - quarters * 7.549789948768648e-8;
  return Reduced(angle, bitcast<u32>(i32(quarters)) & 3u);
}

fn sin_near_zero(x: f32) -> f32 {
  let s = x * x;
  return x + x * s * (-1.6666654611e-1 + s * (8.3321608736e-3 + s * -1.9515295891e-4));
}

fn cos_near_zero(x: f32) -> f32 {
  let s = x * x;
  return 1.0 - 0.5 * s + s * s * (4.166664568298827e-2 + s * (-1.388731625493765e-3 + s * 2.443315711809948e-5));
}

// sin(x + turned · π/2)
fn turned_sin(x: f32, turned: u32) -> f32 {
  if (is_inf(x)) { return quiet_nan(); }
  let reduced = reduce(x);
  let quarter = (reduced.quarter + turned) & 3u;
  var y = sin_near_zero(reduced.angle);
  if ((quarter & 1u) != 0u) { y = cos_near_zero(reduced.angle); }
  return select(y, -y, quarter > 1u);
}

fn sin_f32(x: f32) -> f32 { return turned_sin(x, 0u); }

fn cos_f32(x: f32) -> f32 { return turned_sin(x, 1u); }

fn tan_f32(x: f32) -> f32 {
  if (is_inf(x)) { return quiet_nan(); }
  let reduced = reduce(x);
  let s = sin_near_zero(reduced.angle);
  let c = cos_near_zero(reduced.angle);
  if ((reduced.quarter & 1u) != 0u) { return divide(-c, s); }
  return s / c;
}

fn asin_f32(x: f32) -> f32 {
  let a = abs(x);
  if (a > 1.0) { return quiet_nan(); }
  var z = a;
  var s = a * a;
  if (a > 0.5) {
    s = 0.5 * (1.0 - a);
    z = sqrt(s);
  }
  let p = z + z * s * (1.6666752422e-1 + s * (7.4953002686e-2 + s * (4.5470025998e-2 + s * (2.4181311049e-2
    + s * 4.2163199048e-2))));
  return sign(x) * select(p, 1.5707963267948966 - 2.0 * p, a > 0.5);
}

fn atan_f32(x: f32) -> f32 {
  let a = abs(x);
  if (is_inf(x)) { return sign(x) * 1.5707963267948966; }
  var base = 0.0;
  var t = a;
  if (a > 2.414213562373095) {
    base = 1.5707963267948966;
    t = -1.0 / a;
  } else if (a > 0.4142135623730950) {
    base = 0.7853981633974483;
    t = (a - 1.0) / (a + 1.0);
  }
  let s = t * t;
  let p = t + t * s * (-3.33329491539e-1 + s * (1.99777106478e-1 + s * (-1.38776856032e-1 + s * 8.05374449538e-2)));
  return sign(x) * (base + p);
}

// e^a / 2 for a ≥ 0, past the point where e^a itself overflows.
fn half_exp(a: f32) -> f32 {
  let root = exp(0.5 * a);
  return (0.5 * root) * root;
}

fn sinh_f32(x: f32) -> f32 {
  let a = abs(x);
  if (a > 9.0) { return sign(x) * half_exp(a); }
  let e = expm1_f32(a);
  return sign(x) * 0.5 * (e + e / (e + 1.0));
}

fn cosh_f32(x: f32) -> f32 {
  let a = abs(x);
  if (a > 9.0) { return half_exp(a); }
  let e = exp(a);
  return 0.5 * (e + 1.0 / e);
}

fn asinh_f32(x: f32) -> f32 {
  let a = abs(x);
  if (is_inf(x)) { return x; }
  if (a > 1e4) { return sign(x) * (log(a) + 0.6931471805599453); }
  return sign(x) * log1p_f32(a + a * a / (1.0 + sqrt(a * a + 1.0)));
}

fn acosh_f32(x: f32) -> f32 {
  if (x < 1.0) { return quiet_nan(); }
  if (is_inf(x)) { return x; }
  if (x > 1e4) { return log(x) + 0.6931471805599453; }
  let above = x - 1.0;
  return log1p_f32(above + sqrt(above * (x + 1.0)));
}

fn atanh_f32(x: f32) -> f32 {
  let a = abs(x);
  if (a > 1.0) { return quiet_nan(); }
  if (a == 1.0) { return sign(x) * infinity(); }
  return sign(x) * 0.5 * log1p_f32(2.0 * a / (1.0 - a));
}
