// output[m, n] = Σₖ a[m, k] · b[k, n]: an example of a kernel of one's own, for
//
//   tandem bench matmul --wgsl demo/kernels/matmul_blocks.wgsl --m 512
//   tandem bench matmul --wgsl demo/kernels/matmul_blocks.wgsl --constant WORKGROUP_WIDTH=4,8,16
//
// Each invocation keeps a block of 4 × 4 sums. Storage bindings are named after the op's inputs and outputs, the fields of
// Params after its dimensions; extents need be no multiples of 4, and there is one matrix, not a batch.
// workgroups: ceil(n / (4 * WORKGROUP_X)), ceil(m / (4 * WORKGROUP_Y)), 1

override WORKGROUP_WIDTH: u32 = 8u;

const BLOCK: u32 = 4u;

struct Params {
  m: u32,
  n: u32,
  k: u32,
}

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read_write> output: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP_WIDTH, WORKGROUP_WIDTH)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let row = id.y * BLOCK;
  let column = id.x * BLOCK;
  if (row >= params.m || column >= params.n) { return; }
  var sums: array<vec4<f32>, 4>;
  for (var k = 0u; k < params.k; k++) {
    let at = k * params.n + column;
    // Beyond the last column lies the next row, or nothing: read what is there, and never write it.
    let last = params.k * params.n - 1u;
    let right = vec4(b[at], b[min(at + 1u, last)], b[min(at + 2u, last)], b[min(at + 3u, last)]);
    for (var i = 0u; i < BLOCK; i++) {
      sums[i] += a[min(row + i, params.m - 1u) * params.k + k] * right;
    }
  }
  for (var i = 0u; i < BLOCK && row + i < params.m; i++) {
    for (var j = 0u; j < BLOCK && column + j < params.n; j++) {
      output[(row + i) * params.n + column + j] = sums[i][j];
    }
  }
}
