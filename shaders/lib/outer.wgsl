// What four rows and four columns share of a sum of products: column r of the matrix is row r's.

fn outer(rows: vec4<f32>, columns: vec4<f32>) -> mat4x4<f32> {
  return mat4x4<f32>(columns * rows.x, columns * rows.y, columns * rows.z, columns * rows.w);
}
