/**
 * Which part of the picture matters: a grey square is laid over one place after another, and the network looks again. Masks
 * and products are the graph's own; only probabilities come back.
 */
import { type Device, f32, Tensor } from "../../../src/index";
import type { OpenNetwork } from "../networks/opened";

/** How much the answer falls when a place is covered, place by place, rows from the top. */
export interface OcclusionMap {
  readonly side: number;
  readonly drops: Float32Array;
  readonly class: number;
  readonly label: string | undefined;
  readonly probability: number;
  /** Places that have been looked at. */
  readonly done: number;
}

/** Places across and down, pictures in a run, and the square's side as a share of the picture's. */
interface Settings {
  readonly side: number;
  readonly batch: number;
  readonly share: number;
}

/** Operations of one picture above which fewer places are looked at. */
const LARGE = 1e8;

const settingsFor = (flops: number): Settings =>
  flops > LARGE ? { side: 9, batch: 9, share: 0.24 } : { side: 16, batch: 32, share: 0.24 };

/** The square's rows and columns for place `i` of `side`: squares reach over the edges, so that these count alike. */
function span(i: number, side: number, size: number, share: number): readonly [number, number] {
  const centre = ((i + 0.5) / side) * size;
  const half = Math.max(1, share * size) / 2;
  return [Math.max(0, Math.round(centre - half)), Math.min(size, Math.round(centre + half))];
}

async function compile(device: Device, { network, program: base }: OpenNetwork, batch: number) {
  const graph = network.model.build({
    batch,
    image: (into, type) => {
      const [, channels, height, width] = type.shape as [number, number, number, number];
      const picture = into.input("picture", f32(1, channels, height, width));
      const masks = into.input("masks", f32(batch, 1, height, width));
      return into.apply("mul", { a: masks, b: picture }, {}, "cover");
    },
  });
  return device.compile(graph, { share: base });
}

/**
 * Looks at every place, and tells how far it is after each run. Stops, and gives undefined, when it is no longer wanted.
 */
export async function occlude(
  open: OpenNetwork,
  picture: Tensor,
  wanted: () => boolean,
  tell: (map: OcclusionMap) => void,
): Promise<OcclusionMap | undefined> {
  const { side, batch, share } = settingsFor(open.program.plan.flops);
  const [, , height = 0, width = 0] = picture.shape;
  const program = await compile(open.device, open, batch);
  try {
    const look = async (places: readonly number[]): Promise<Tensor> => {
      const masks = new Float32Array(batch * height * width).fill(1);
      places.forEach((place, k) => {
        if (place < 0) return;
        const [top, bottom] = span(Math.floor(place / side), side, height, share);
        const [left, right] = span(place % side, side, width, share);
        for (let y = top; y < bottom; y++) {
          const row = (k * height + y) * width;
          masks.fill(0, row + left, row + right);
        }
      });
      const inputs = { picture, masks: new Tensor([batch, 1, height, width], masks) };
      return (await program.run(inputs, { outputs: ["probabilities"] })).probabilities as Tensor;
    };
    const { data: whole, shape } = await look([-1]);
    const classes = shape.at(-1) ?? 0;
    const first = whole.subarray(0, classes);
    const best = first.indexOf(Math.max(...first));
    const probability = first[best] as number;
    const drops = new Float32Array(side * side);
    const places = Array.from(drops, (_, place) => place);
    const map = (done: number): OcclusionMap => ({
      side,
      drops: drops.slice(),
      class: best,
      label: open.labels[best],
      probability,
      done,
    });
    for (let begin = 0; begin < places.length && wanted(); begin += batch) {
      const now = places.slice(begin, begin + batch);
      const { data } = await look(now);
      now.forEach((place, k) => {
        drops[place] = probability - (data[k * classes + best] as number);
      });
      tell(map(begin + now.length));
    }
    return wanted() ? map(places.length) : undefined;
  } finally {
    program.destroy();
  }
}
