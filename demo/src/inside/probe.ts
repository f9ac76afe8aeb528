/**
 * The network with every layer looked at: for each layer of maps its maps' peaks, and pictures of the maps that are asked
 * for, laid out on the GPU. Weights are shared with the network that classifies; of its tensors none comes back.
 */
import { type Program, Tensor, type Value } from "../../../src/index";
import { type Guess, likeliest, type OpenNetwork } from "../networks/opened";
import { inOrder, layoutOf, type MapLayout, strongest, towersOf } from "./layout";

/** Maps shown large. */
const BEST = 6;
const LARGEST_BEST = 64;

export interface Layer {
  readonly name: string;
  readonly layout: MapLayout;
  /** Bytes of the layer's tensor, which stays where it is. */
  readonly tensorBytes: number;
}

/** Lightness 0..1 of pixels, −1 where there is nothing. */
export interface Tiles {
  readonly width: number;
  readonly height: number;
  readonly values: ArrayLike<number>;
}

/** What one layer shows of one picture. */
export interface LayerView {
  readonly layer: Layer;
  /** Both towers' maps, the second below the first. */
  readonly grid: Tiles;
  /** The numbers of the maps in the grid. */
  readonly maps: readonly number[];
  /** The strongest maps, side by side. */
  readonly best: Tiles;
  readonly bestMaps: readonly { readonly map: number; readonly peak: number }[];
  /** Bytes that came back from the GPU. */
  readonly readBytes: number;
}

export interface Probe {
  readonly layers: ReadonlyMap<string, Layer>;
  view(layer: string, image: Tensor, order: "strongest" | "own"): Promise<LayerView>;
  guesses(image: Tensor, count: number): Promise<readonly Guess[]>;
  destroy(): void;
}

const whole = (values: readonly number[]): Tensor => new Tensor([values.length], Int32Array.from(values));

function tilesOf(tensor: Tensor): Tiles {
  const [height = 0, width = 0] = tensor.shape;
  return { width, height, values: tensor.data };
}

export async function openProbe({ device, network, program: base, labels }: OpenNetwork): Promise<Probe> {
  const graph = network.model.build({ taps: true });
  const towers = towersOf(graph);
  const layers = new Map<string, Layer>();
  for (const [name, value] of [...graph.outputs] as (readonly [string, Value])[]) {
    const [, channels, height, width] = value.type.shape;
    if (value.type.shape.length !== 4 || !channels || !height || !width) continue;
    const layout = layoutOf(towers, channels, Math.max(height, width));
    layers.set(name, { name, layout, tensorBytes: 4 * channels * height * width });
    graph.output(`${name}/peaks`, graph.apply("max", { input: value }, { axes: [0, 2, 3] }));
    const draw = (part: string, count: number, columns: number, tile: number): void => {
      const maps = graph.input(`${name}/${part}/maps`, { shape: [count], dtype: "i32" });
      graph.output(`${name}/${part}`, graph.apply("mapTiles", { input: value, maps }, { columns, tile, gap: 1 }));
    };
    draw("grid", towers * layout.shown, layout.columns, layout.tile);
    draw("best", Math.min(BEST, channels), Math.min(BEST, channels), Math.min(Math.max(height, width), LARGEST_BEST));
  }
  const program: Program = await device.compile(graph, { share: base });

  /** Peaks of every map of every layer, and which maps are looked at; of the latest picture. */
  let known: { image: Tensor; peaks: Record<string, Tensor> } | undefined;
  const none = Object.fromEntries(
    [...graph.inputs].flatMap(([name, { type }]) => (name === "image" ? [] : [[name, Tensor.zeros(type)]])),
  );
  const peaksOf = async (image: Tensor): Promise<Record<string, Tensor>> => {
    if (known?.image !== image) {
      const outputs = [...layers.keys()].map((name) => `${name}/peaks`);
      known = { image, peaks: await program.run({ image, ...none }, { outputs }) };
    }
    return known.peaks;
  };

  return {
    layers,
    async view(name, image, order) {
      const layer = layers.get(name);
      if (!layer) throw new Error(`the network has no layer "${name}" of maps`);
      const peaks = (await peaksOf(image))[`${name}/peaks`]?.data ?? [];
      const maps = (order === "own" ? inOrder : strongest)(layer.layout, peaks);
      const best = Array.from({ length: layer.layout.channels }, (_, map) => ({ map, peak: peaks[map] as number }))
        .sort((a, b) => b.peak - a.peak)
        .slice(0, BEST);
      const chosen = {
        [`${name}/grid/maps`]: whole(maps),
        [`${name}/best/maps`]: whole(best.map(({ map }) => map)),
      };
      const { [`${name}/grid`]: grid, [`${name}/best`]: large } = await program.run(
        { image, ...none, ...chosen },
        { outputs: [`${name}/grid`, `${name}/best`] },
      );
      return {
        layer,
        grid: tilesOf(grid as Tensor),
        maps,
        best: tilesOf(large as Tensor),
        bestMaps: best,
        readBytes: [grid, large].reduce((sum, tensor) => sum + (tensor as Tensor).data.byteLength, 0),
      };
    },
    async guesses(image, count) {
      const { probabilities } = await program.run({ image, ...none }, { outputs: ["probabilities"] });
      return likeliest(probabilities as Tensor, labels, count);
    },
    destroy: () => program.destroy(),
  };
}
