/** Golden cases of whole networks: how each is built and fed, by its name in the index. */
import { fillUniform, hash } from "../core/random";
import { sizeOf } from "../core/shape";
import { Tensor } from "../core/tensor";
import { models } from "../models";
import { type GoldenCase, type GoldenContext, judge, type NetworkRunner, type TensorOutcome } from "./golden";

interface Alexnet227Attributes {
  readonly images: number;
  readonly image_id0: number;
  readonly image_size: number;
  readonly labels: readonly number[];
  readonly weights: readonly {
    readonly name: string;
    readonly id: number;
    readonly shape: readonly number[];
    readonly scale: number;
  }[];
}

/** Pictures by the formula of the golden folder's README. */
function pictures({ images, image_id0: id0, image_size: size }: Alexnet227Attributes): Tensor {
  const data = new Float32Array(images * 3 * size * size);
  let at = 0;
  for (let n = 0; n < images; n++) {
    for (let c = 0; c < 3; c++) {
      for (let y = 0; y < size; y++) {
        for (let x = 0; x < size; x++) {
          const i = (c * size + y) * size + x;
          data[at++] = ((x * (c + 2) + y * (n + 3)) % 192) + (hash(id0 + n, i) >>> 26) - 120;
        }
      }
    }
  }
  return new Tensor([images, 3, size, size], data);
}

const ourName = (theirs: string): string => theirs.replace(/\.w$/, ".weight").replace(/\.b$/, ".bias");

/** Sum, norm, the first sixteen and sixty-four spread elements of each image of a layer. */
function summaries(layer: string, tensor: Tensor): Record<string, Tensor> {
  const images = tensor.shape[0] as number;
  const size = sizeOf(tensor.shape) / images;
  const values = Float64Array.from(tensor.data);
  const image = (n: number) => values.subarray(n * size, (n + 1) * size);
  const each = (pick: (data: ReturnType<typeof image>) => number[]) =>
    Array.from({ length: images }, (_, n) => pick(image(n))).flat();
  return {
    [`sum.${layer}`]: Tensor.f32(
      [images],
      each((d) => [d.reduce((sum, x) => sum + x, 0)]),
    ),
    [`l2.${layer}`]: Tensor.f32(
      [images],
      each((d) => [Math.sqrt(d.reduce((sum, x) => sum + x * x, 0))]),
    ),
    [`first16.${layer}`]: Tensor.f32(
      [images, 16],
      each((d) => [...d.subarray(0, 16)]),
    ),
    [`sample64.${layer}`]: Tensor.f32(
      [images, 64],
      each((d) => Array.from({ length: 64 }, (_, k) => d[Math.floor(((2 * k + 1) * size) / 128)] as number)),
    ),
  };
}

/** The `count` largest of each row, and where they are; of equals the first. */
function top(rows: Tensor, count: number): { values: Tensor; places: Tensor } {
  const [n, width] = rows.shape as [number, number];
  const ranked = Array.from({ length: n }, (_, i) => {
    const row = rows.data.subarray(i * width, (i + 1) * width);
    return Array.from(row, (value, place) => ({ value, place }))
      .sort((a, b) => b.value - a.value)
      .slice(0, count);
  }).flat();
  return {
    values: Tensor.f32(
      [n, count],
      ranked.map(({ value }) => value),
    ),
    places: Tensor.i32(
      [n, count],
      ranked.map(({ place }) => place),
    ),
  };
}

/** Mean cross-entropy in float64, of logits as the network gave them. */
function crossEntropy(logits: Tensor, labels: readonly number[]): number {
  const width = logits.shape[1] as number;
  const losses = labels.map((label, n) => {
    const row = Array.from(logits.data.subarray(n * width, (n + 1) * width));
    const largest = Math.max(...row);
    return largest + Math.log(row.reduce((sum, x) => sum + Math.exp(x - largest), 0)) - (row[label] as number);
  });
  return losses.reduce((a, b) => a + b, 0) / losses.length;
}

/** The paper's network at full size, forward, every layer looked at. */
async function alexnet227(
  which: GoldenCase,
  tensors: ReadonlyMap<string, Tensor>,
  { device, gradients }: GoldenContext,
): Promise<readonly TensorOutcome[]> {
  const attributes = which.attrs as unknown as Alexnet227Attributes;
  const image = pictures(attributes);
  const program = await device.compile(models.alexnet.build({ batch: attributes.images, taps: true }));
  try {
    await program.setParameters(
      Object.fromEntries(
        attributes.weights.map(({ name, id, shape, scale }) => [
          ourName(name),
          new Tensor(shape, fillUniform(new Float32Array(sizeOf(shape)), id, scale)),
        ]),
      ),
    );
    const outputs = await program.run({ image });
    const logits = outputs.logits as Tensor;
    const probabilities = outputs.probabilities as Tensor;
    const { values, places } = top(probabilities, 5);
    const layers = { ...outputs, input: image, probs: probabilities };
    const computed: Record<string, Tensor> = {
      ...Object.assign({}, ...Object.entries(layers).map(([layer, tensor]) => summaries(layer, tensor))),
      logits,
      probs: probabilities,
      top5_prob: values,
      top5_index: places,
      loss: Tensor.f32([], [crossEntropy(logits, attributes.labels)]),
    };
    const forward = which.outputs.map((name) => judge(which, name, computed[name], tensors.get(name)));
    const backward = Object.values(which.grads ?? {}).map(
      (name): TensorOutcome => ({ tensor: name, passed: false, reason: "no gradient is computed for a whole network" }),
    );
    return gradients ? [...forward, ...backward] : forward;
  } finally {
    program.destroy();
  }
}

export const goldenNetworks: Readonly<Record<string, NetworkRunner>> = { alexnet227 };
