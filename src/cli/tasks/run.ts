/** Classifies pictures, where the GPU is. */
import { type AdapterFacts, adapterFacts } from "../../bench/facts";
import { timed } from "../../bench/sampling";
import { summarize } from "../../bench/statistics";
import { TandemError } from "../../core/errors";
import { formatShape } from "../../core/shape";
import type { Tensor } from "../../core/tensor";
import { type DeviceMesh, openMesh } from "../../engine/mesh";
import type { MeshProgram } from "../../engine/meshProgram";
import type { LayoutName } from "../../layout/layout";
import type { HostFacts, TaskContext } from "../hosts/context";
import { type Guess, type Network, type NetworkArgs, openNetwork, openNetworkOn, readPicture, topOf } from "./network";

export interface RunArgs extends NetworkArgs {
  readonly images: readonly string[];
  readonly top: number;
  /** Names of the classes, if others than the model's. */
  readonly labels?: readonly string[];
  /** How the network lies on `devices` devices; on one, without a mesh, unless told. */
  readonly layout?: LayoutName;
  readonly devices?: number;
}

export interface RunResult {
  readonly schema: "tandem-run-1";
  readonly host: HostFacts;
  readonly adapter: AdapterFacts;
  readonly model: string;
  readonly summary: string;
  readonly weights: Network["weights"];
  readonly preprocess: Network["preprocess"] & Pick<Network["model"]["recipe"], "resize" | "size">;
  readonly pictures: readonly {
    readonly file: string;
    readonly width: number;
    readonly height: number;
    readonly top: readonly Guess[];
  }[];
  /** Milliseconds. `steadyMs` is the median of the runs after the first, or null when there was one picture. */
  readonly times: Network["times"] & {
    readonly preprocessMs: number;
    readonly firstMs: number;
    readonly steadyMs: number | null;
  };
  readonly peakBytes: number;
  /** Where a layout was asked for. */
  readonly placed?: {
    readonly layout: LayoutName;
    readonly devices: readonly {
      readonly label: string;
      readonly parameters: number;
      readonly peakBytes: number;
    }[];
    /** Bytes that cross in a run. */
    readonly crossing: number;
  };
}

/** Steady runs added for one picture alone, so that the first run's extra cost shows. */
const EXTRA_RUNS = 2;

type OneDevice = Network;
type OnMesh = Network<MeshProgram, DeviceMesh>;

function open(args: RunArgs, context: TaskContext): Promise<OneDevice | OnMesh> {
  const { layout, devices = 2 } = args;
  if (layout === undefined) return openNetwork(args, context);
  return openNetworkOn<MeshProgram, DeviceMesh>(args, context, () => openMesh({ gpu: context.gpu, devices }), layout);
}

const isOnMesh = (network: OneDevice | OnMesh): network is OnMesh => "devices" in network.device;

/** What a network's devices are, hold and send. */
async function placeOf(
  network: OneDevice | OnMesh,
  layout: LayoutName | undefined,
): Promise<Pick<RunResult, "adapter" | "peakBytes" | "placed">> {
  if (!isOnMesh(network) || layout === undefined) {
    const { device } = network as OneDevice;
    return { adapter: adapterFacts(device.facts), peakBytes: device.memory().peak };
  }
  const { device, program } = network;
  const peaks = (await device.memory()).map(({ peak }) => peak);
  const [first] = device.devices;
  return {
    adapter: adapterFacts((first as NonNullable<typeof first>).facts),
    peakBytes: peaks.reduce((sum, peak) => sum + peak, 0),
    placed: {
      layout,
      devices: program.devices.map(({ label, parameters }, d) => ({
        label,
        parameters,
        peakBytes: peaks[d] as number,
      })),
      crossing: program.transfers.reduce((sum, { bytes }) => sum + bytes, 0),
    },
  };
}

export async function run(args: RunArgs, context: TaskContext): Promise<RunResult> {
  const network = await open(args, context);
  const { device, program } = network;
  const labels = args.labels ?? network.labels;
  try {
    if (!network.graph.outputs.has("probabilities")) {
      const outputs = [...network.graph.outputs].map(([name, { shape }]) => `${name} ${formatShape(shape)}`).join(", ");
      throw new TandemError(`${args.model} is no classifier: its outputs are ${outputs}`);
    }
    const times: number[] = [];
    const pictures: RunResult["pictures"][number][] = [];
    let preprocessMs = 0;
    for (const [done, file] of args.images.entries()) {
      context.progress({ done, total: args.images.length, what: file });
      const { inputs, preprocessMs: spent, width, height } = await readPicture(network, file, context);
      preprocessMs += spent;
      let outputs: Record<string, Tensor> = {};
      const extra = args.images.length === 1 ? EXTRA_RUNS : 0;
      for (let i = 0; i <= extra; i++) {
        times.push(
          await timed(async () => {
            outputs = await program.run(inputs, { outputs: ["probabilities"] });
          }),
        );
      }
      const { probabilities } = outputs;
      if (!probabilities) throw new TandemError(`${args.model} gave no probabilities`);
      pictures.push({
        file,
        width,
        height,
        top: topOf(probabilities, 0, args.top, labels),
      });
    }
    const [firstMs = 0, ...later] = times;
    return {
      schema: "tandem-run-1",
      host: context.host,
      ...(await placeOf(network, args.layout)),
      model: args.model,
      summary: network.model.summary,
      weights: network.weights,
      preprocess: { ...network.preprocess, resize: network.model.recipe.resize, size: network.model.recipe.size },
      pictures,
      times: { ...network.times, preprocessMs, firstMs, steadyMs: later.length > 0 ? summarize(later).median : null },
    };
  } finally {
    device.destroy();
  }
}
