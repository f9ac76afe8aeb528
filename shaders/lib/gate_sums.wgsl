// The gates' sums on the side of the hidden state, for four rows (batch items) and four units at once: `hidden_before(row,
// quad)` gives four units of a row's hidden state; packedHh [H][gates · H] is the weight transposed. Joined with lib/outer.wgsl
// and lib/cell.wgsl.

// A matrix a gate: column r is row r's four units.
struct GateSums {
  a: mat4x4<f32>,
  b: mat4x4<f32>,
  c: mat4x4<f32>,
  d: mat4x4<f32>,
}

fn add_products(sums: ptr<function, GateSums>, values: vec4<f32>, k: u32, j: u32, quads: u32) {
  let at = k * gate_count() * quads + j;
  (*sums).a += outer(values, packedHh[at]);
  if (KIND >= 2u) {
    (*sums).b += outer(values, packedHh[at + quads]);
    (*sums).c += outer(values, packedHh[at + 2u * quads]);
  }
  if (KIND == 2u) { (*sums).d += outer(values, packedHh[at + 3u * quads]); }
}

fn gate_sums(rows: vec4<u32>, j: u32, quads: u32) -> GateSums {
  var sums = GateSums();
  for (var q = 0u; q < quads; q++) {
    let x = hidden_before(rows.x, q);
    let y = hidden_before(rows.y, q);
    let z = hidden_before(rows.z, q);
    let w = hidden_before(rows.w, q);
    add_products(&sums, vec4<f32>(x.x, y.x, z.x, w.x), 4u * q, j, quads);
    add_products(&sums, vec4<f32>(x.y, y.y, z.y, w.y), 4u * q + 1u, j, quads);
    add_products(&sums, vec4<f32>(x.z, y.z, z.z, w.z), 4u * q + 2u, j, quads);
    add_products(&sums, vec4<f32>(x.w, y.w, z.w, w.w), 4u * q + 3u, j, quads);
  }
  return sums;
}

// The gates of one row: unit u's are column u.
fn gates_of(a: vec4<f32>, b: vec4<f32>, c: vec4<f32>, d: vec4<f32>) -> mat4x4<f32> {
  return transpose(mat4x4<f32>(a, b, c, d));
}
