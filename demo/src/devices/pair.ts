/** The network on two devices beside the network on one: the same two pictures, what crossed, and whether answers agree. */
import {
  type Device,
  type DeviceMesh,
  type DeviceSummary,
  type LayoutName,
  type MeshProgram,
  type MeshTrace,
  type Program,
  summarizeTrace,
  Tensor,
} from "../../../src/index";
import { type Guess, likeliest, type OpenNetwork } from "../networks/opened";

/** Pictures in a run: one for each device, where pictures are what is shared out. */
const BATCH = 2;

/** Probabilities that sums in another order may move: far above rounding, far below a change of mind. */
const ROUNDING = 1e-4;

export interface Laid {
  readonly open: OpenNetwork;
  readonly layout: LayoutName;
  readonly program: MeshProgram;
  readonly reference: Program;
}

export interface PairResult {
  readonly layout: LayoutName;
  readonly trace: MeshTrace;
  readonly summary: readonly DeviceSummary[];
  /** Elements of weights on each device. */
  readonly parameters: readonly number[];
  readonly largest: number;
  readonly agrees: boolean;
  readonly one: readonly Guess[];
  readonly both: readonly Guess[];
}

/** Lays the network out on the mesh with the weights that it has on the page's device. */
export async function layOut(
  device: Device,
  mesh: DeviceMesh,
  open: OpenNetwork,
  layout: LayoutName,
  cleanup: (work: () => void) => void,
): Promise<Laid> {
  const graph = open.network.model.build({ batch: BATCH });
  const reference = await device.compile(graph, { share: open.program });
  cleanup(() => reference.destroy());
  const program = await mesh.compile(graph, { layout });
  cleanup(() => program.destroy());
  await program.setParameters(await open.program.getParameters());
  return { open, layout, program, reference };
}

/** The picture, and beside it what a mirror shows. */
export function withMirrorImage(image: Tensor): Tensor {
  const width = image.shape.at(-1) ?? 1;
  const data = new Float32Array(BATCH * image.data.length);
  data.set(image.data);
  for (let i = 0; i < image.data.length; i++) {
    const column = i % width;
    data[image.data.length + i] = image.data[i - column + (width - 1 - column)] as number;
  }
  return new Tensor([BATCH, ...image.shape.slice(1)], data);
}

const OUTPUTS = { outputs: ["probabilities"] };

export async function runPair({ open, layout, program, reference }: Laid, image: Tensor): Promise<PairResult> {
  const inputs = { image: withMirrorImage(image) };
  const { probabilities: one } = (await reference.run(inputs, OUTPUTS)) as { probabilities: Tensor };
  // The first run also waits for what was uploaded.
  await program.run(inputs, OUTPUTS);
  const { outputs, trace } = await program.trace(inputs, OUTPUTS);
  const both = outputs.probabilities as Tensor;
  const largest = Array.from(one.data).reduce((most, value, i) => {
    const difference = Math.abs(value - (both.data[i] as number));
    // NaN is no agreement.
    return difference <= most ? most : difference;
  }, 0);
  return {
    layout,
    trace,
    summary: summarizeTrace(trace),
    parameters: program.devices.map(({ parameters }) => parameters),
    largest,
    agrees: largest <= ROUNDING,
    one: likeliest(one, open.labels, 1),
    both: likeliest(both, open.labels, 1),
  };
}
