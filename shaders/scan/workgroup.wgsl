// output[o, k, x] = the sum (or product) of input[o, j, x] over j ≤ k; over j < k where EXCLUSIVE, and from the other end where
// REVERSE. Tensors are [outer][extent][inner]. A workgroup takes a line along the axis: every invocation a stretch of it, whose
// totals are scanned in workgroup memory in between. Joined with lib/scan.wgsl.

override WORKGROUP: u32 = 64u;

struct Params {
  lines: u32,
  extent: u32,
  inner: u32,
  // Elements that an invocation walks.
  stretch: u32,
}

@group(0) @binding(0) var<storage, read> input: array<u32>;
@group(0) @binding(1) var<storage, read_write> output: array<u32>;
@group(0) @binding(2) var<uniform> params: Params;

// Totals before a round of the scan and after it, in turns.
var<workgroup> totals: array<u32, WORKGROUP * 2u>;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let line = group.y * groups.x + group.x;
  let inside = line < params.lines;
  let start = line / params.inner * params.extent * params.inner + line % params.inner;
  let first = min(local * params.stretch, params.extent);
  let end = min(first + params.stretch, params.extent);
  let step = pace(params.inner);
  let begin = origin(start, params.extent, params.inner) + first * step;
  var total = nothing();
  var at = begin;
  if (inside) {
    for (var j = first; j < end; j++) {
      total = joined(total, input[at]);
      at += step;
    }
  }
  totals[local] = total;
  workgroupBarrier();
  var old = 0u;
  for (var reach = 1u; reach < WORKGROUP; reach *= 2u) {
    var value = totals[old + local];
    if (local >= reach) { value = joined(totals[old + local - reach], value); }
    old = WORKGROUP - old;
    totals[old + local] = value;
    workgroupBarrier();
  }
  total = select(totals[old + max(local, 1u) - 1u], nothing(), local == 0u);
  if (inside) {
    at = begin;
    for (var j = first; j < end; j++) {
      let next = joined(total, input[at]);
      output[at] = select(next, total, EXCLUSIVE != 0u);
      total = next;
      at += step;
    }
  }
}
