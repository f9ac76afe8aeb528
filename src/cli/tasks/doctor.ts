/** Task: what the WebGPU of this place offers, as it says itself. */
import { DEFAULT_LIMITS } from "../../core/device";
import type { TaskContext } from "../hosts/context";

/** One adapter. */
export interface AdapterReport {
  readonly vendor: string;
  readonly architecture: string;
  readonly description: string;
  readonly software: boolean;
  readonly features: readonly string[];
  readonly limits: Readonly<Record<string, number>>;
}

export interface DoctorReport {
  readonly host: TaskContext["host"];
  readonly adapter: AdapterReport | null;
  /** Numbers that a first shader computed were right. */
  readonly computes: boolean;
  /** Smallest step seen of the clock in this place, in milliseconds. */
  readonly clockStepMs: number;
}

const SQUARES = `
@group(0) @binding(0) var<storage, read_write> values: array<u32>;
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  values[id.x] = id.x * id.x;
}`;

/** WebGPU's numbers for buffer usages and map modes (specification, "Buffer Usages"); Node has no globals for them. */
const USAGE = { mapRead: 1, copySource: 4, copyDestination: 8, storage: 128 } as const;

function clockStep(): number {
  let smallest = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 20; i++) {
    const start = performance.now();
    let now = start;
    while (now === start) now = performance.now();
    smallest = Math.min(smallest, now - start);
  }
  return smallest;
}

export async function doctor(_: unknown, context: TaskContext): Promise<DoctorReport> {
  const { gpu, host } = context;
  const clockStepMs = clockStep();
  const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
  if (!adapter) return { host, adapter: null, computes: false, clockStepMs };
  const { vendor, architecture, device: model, description, isFallbackAdapter } = adapter.info;
  const limits = Object.fromEntries(
    Object.keys(DEFAULT_LIMITS).map((name) => [name, adapter.limits[name as keyof typeof DEFAULT_LIMITS]]),
  );
  const report: AdapterReport = {
    vendor,
    architecture,
    description: description || model || architecture,
    software:
      isFallbackAdapter ||
      /swiftshader|llvmpipe|lavapipe|basic render/i.test(`${vendor} ${architecture} ${description}`),
    features: [...adapter.features].sort(),
    limits,
  };

  const device = await adapter.requestDevice({ label: "doctor" });
  try {
    const code = device.createShaderModule({ code: SQUARES });
    const pipeline = await device.createComputePipelineAsync({ layout: "auto", compute: { module: code } });
    const buffer = device.createBuffer({ size: 256, usage: USAGE.storage | USAGE.copySource });
    const staging = device.createBuffer({ size: 256, usage: USAGE.mapRead | USAGE.copyDestination });
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    const layout = pipeline.getBindGroupLayout(0);
    pass.setBindGroup(0, device.createBindGroup({ layout, entries: [{ binding: 0, resource: { buffer } }] }));
    pass.dispatchWorkgroups(1);
    pass.end();
    encoder.copyBufferToBuffer(buffer, 0, staging, 0, 256);
    device.queue.submit([encoder.finish()]);
    await staging.mapAsync(USAGE.mapRead);
    const computes = new Uint32Array(staging.getMappedRange()).every((value, i) => value === i * i);
    return { host, adapter: report, computes, clockStepMs };
  } finally {
    device.destroy();
  }
}
