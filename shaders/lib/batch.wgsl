// Broadcast batches of matrices: the offset of matrix `batch` when the leading axes are `extents`, read with `strides`
// (0 along an axis that is stretched). Up to eight axes, the last fastest; unused ones have extent 1.

fn batch_offset(batch: u32, extents: array<vec4<u32>, 2>, strides: array<vec4<u32>, 2>) -> u32 {
  var shape = extents;
  var steps = strides;
  var rest = batch;
  var offset = 0u;
  for (var i = 0u; i < 8u; i++) {
    let axis = 7u - i;
    let extent = shape[axis >> 2u][axis & 3u];
    offset += (rest % extent) * steps[axis >> 2u][axis & 3u];
    rest /= extent;
  }
  return offset;
}
