/** Cold caches: a large tensor is read before every sample, so that what is measured finds nothing of its own there. */
import { f32, Tensor } from "../core/tensor";
import type { Device } from "../engine/device";
import type { Program } from "../engine/program";
import { singleOpGraph } from "../graph/single";
import { read } from "./probes";

/** Bytes touched: several times the last cache of any processor or GPU that is likely here. */
const SOFTWARE_BYTES = 64 * 2 ** 20;
const HARDWARE_BYTES = 256 * 2 ** 20;

export interface Flush {
  readonly bytes: number;
  run(): Promise<void>;
  destroy(): void;
}

/** A program that reads so many bytes that caches hold nothing else afterwards. */
export async function openFlush(device: Device): Promise<Flush> {
  const { software, limits } = device.facts;
  const threads = software ? 1024 : 1 << 16;
  const unit = 64 * threads;
  const most = Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize);
  const bytes = Math.max(1, Math.floor(Math.min(software ? SOFTWARE_BYTES : HARDWARE_BYTES, most) / unit)) * unit;
  const type = f32(bytes / 4);
  const graph = singleOpGraph(read, { input: type }, { threads, stretches: software }, ["input"]);
  const program: Program = await device.compile(graph);
  await program.setParameters({ input: Tensor.zeros(type) });
  return {
    bytes,
    run: async () => {
      await program.run({}, { outputs: [] });
      await program.idle();
    },
    destroy: () => program.destroy(),
  };
}
