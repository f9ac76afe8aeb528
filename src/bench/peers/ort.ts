/** onnxruntime-web, on WebGPU and on WebAssembly: our network written as ONNX. */
import { exportOnnx } from "../../io/onnx";
import type { Named } from "../../ops/op";
import type { Peer } from "./peer";

type Ort = typeof import("onnxruntime-web");

async function load(base: string): Promise<Ort> {
  const ort = (await import(/* @vite-ignore */ `${base}ort.webgpu.min.mjs`)) as Ort;
  ort.env.wasm.wasmPaths = base;
  ort.env.wasm.numThreads = navigator.hardwareConcurrency;
  ort.env.logLevel = "error";
  return ort;
}

/** Loads it from a folder of the page's server. */
export async function ortPeers(base: string): Promise<readonly Peer[]> {
  const ort = await load(base);
  return (["webgpu", "wasm"] as const).map((backend) => ({
    id: backend === "webgpu" ? "ort" : "ort-wasm",
    name: "onnxruntime-web",
    version: ort.env.versions.web ?? "unknown",
    backend,
    async open({ graph, inputs, parameters }) {
      const session = await ort.InferenceSession.create(exportOnnx(graph, parameters), {
        executionProviders: [backend],
      });
      const [output] = [...graph.outputs.keys()] as [string];
      return {
        async run() {
          const feeds: Named<InstanceType<Ort["Tensor"]>> = Object.fromEntries(
            Object.entries(inputs).map(([name, { data, shape }]) => [
              name,
              new ort.Tensor("float32", data as Float32Array, [...shape]),
            ]),
          );
          const results = await session.run(feeds, [output]);
          return results[output]?.data as Float32Array;
        },
        close: () => session.release(),
      };
    },
  }));
}
