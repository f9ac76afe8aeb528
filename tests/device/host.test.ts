/** Dawn in Node has an adapter on every machine, and computes. */
import { expect, it } from "vitest";
import { nodeWebGpu } from "../../src/cli/hosts/node";

const DOUBLE = `
@group(0) @binding(0) var<storage, read_write> values: array<f32>;
@compute @workgroup_size(4) fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  values[id.x] = f32(id.x) * 2.0;
}`;

it("runs a shader", async () => {
  const { gpu, version } = await nodeWebGpu();
  expect(version).toMatch(/^\d+\.\d+/);
  const adapter = await gpu.requestAdapter();
  const device = await adapter?.requestDevice();
  if (!device) throw new Error("no device");
  const pipeline = await device.createComputePipelineAsync({
    layout: "auto",
    compute: { module: device.createShaderModule({ code: DOUBLE }) },
  });
  const buffer = device.createBuffer({ size: 16, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC });
  const staging = device.createBuffer({ size: 16, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(
    0,
    device.createBindGroup({
      layout: pipeline.getBindGroupLayout(0),
      entries: [{ binding: 0, resource: { buffer } }],
    }),
  );
  pass.dispatchWorkgroups(1);
  pass.end();
  encoder.copyBufferToBuffer(buffer, 0, staging, 0, 16);
  device.queue.submit([encoder.finish()]);
  await staging.mapAsync(GPUMapMode.READ);
  expect([...new Float32Array(staging.getMappedRange())]).toEqual([0, 2, 4, 6]);
  device.destroy();
});

it("opens two devices, and leaves the environment as it was", async () => {
  const before = process.env.VK_DRIVER_FILES;
  const { gpu } = await nodeWebGpu();
  const devices = await Promise.all(
    [gpu.requestAdapter(), gpu.requestAdapter()].map(async (a) => (await a)?.requestDevice()),
  );
  expect(devices.every(Boolean)).toBe(true);
  expect(process.env.VK_DRIVER_FILES).toBe(before);
  for (const device of devices) device?.destroy();
});
