// One-dimensional problems over a two-dimensional grid of workgroups, as grid1d() in src/ops/kernels.ts lays them out.

override WORKGROUP: u32 = 64u;

// Index of an item from its workgroup, the number of workgroups and its place in the workgroup.
fn index_1d(group: vec3<u32>, groups: vec3<u32>, local: u32) -> u32 {
  return (group.y * groups.x + group.x) * WORKGROUP + local;
}
