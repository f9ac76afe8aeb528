// Random bits by a counter, as src/core/random.ts has them: the bits at an index of a stream depend on nothing else, so they
// are the same on every device. The mixer is "lowbias32" (C. Wellons, "Prospecting for Hash Functions", 2018).

fn scramble(value: u32) -> u32 {
  let a = (value ^ (value >> 16u)) * 0x7feb352du;
  let b = (a ^ (a >> 15u)) * 0x846ca68bu;
  return b ^ (b >> 16u);
}

fn hash(stream: u32, index: u32) -> u32 {
  return scramble(scramble(index + 0x9e3779b9u) ^ scramble(stream + 0x85ebca6bu));
}
