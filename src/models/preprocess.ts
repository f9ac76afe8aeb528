/**
 * How pictures become what a network was trained on: which colours its channels are, and on which scale. A file of weights
 * does not say; the names of its tensors tell where it comes from, and that tells how its kind is fed.
 */
import type { ImageRecipe } from "./model";

type Colours = Pick<ImageRecipe, "channels" | "scale" | "mean" | "deviation">;

interface Way extends Colours {
  /** For people. */
  readonly says: string;
}

/** The ways that are known, by the names of the command line. */
export const PREPROCESS = {
  caffe: {
    says: "BGR from 0 to 255, minus the mean colour 104, 117, 123",
    channels: "BGR",
    scale: 1,
    mean: [104, 117, 123],
    deviation: [1, 1, 1],
  },
  torchvision: {
    says: "RGB from 0 to 1, minus 0.485, 0.456, 0.406, by 0.229, 0.224, 0.225",
    channels: "RGB",
    scale: 255,
    mean: [0.485, 0.456, 0.406],
    deviation: [0.229, 0.224, 0.225],
  },
  tensorflow: {
    says: "RGB from -1 to 1",
    channels: "RGB",
    scale: 127.5,
    mean: [1, 1, 1],
    deviation: [1, 1, 1],
  },
  unit: { says: "RGB from 0 to 1", channels: "RGB", scale: 255, mean: [0, 0, 0], deviation: [1, 1, 1] },
  bytes: { says: "RGB from 0 to 255", channels: "RGB", scale: 1, mean: [0, 0, 0], deviation: [1, 1, 1] },
} as const satisfies Readonly<Record<string, Way>>;

export type PreprocessName = keyof typeof PREPROCESS;

export const PREPROCESS_NAMES = Object.keys(PREPROCESS) as PreprocessName[];

/** What speaks for a way: names that its files have. The first that is found decides. */
const SIGNS: readonly (readonly [RegExp, PreprocessName, string])[] = [
  [/^(conv|fc)\d_[wb]_0$|^data_0$/, "caffe", "Caffe's"],
  [/^(module\.)?(features|classifier)\.\d+\.(weight|bias)$/, "torchvision", "torchvision's"],
  [/^(module\.)?(layer\d\.\d+\.|conv1\.|bn1\.)\w/, "torchvision", "torchvision's"],
  [
    /\/(kernel|weights|biases|BiasAdd|Conv2D|MatMul|ReadVariableOp)(:0)?$|^(Mobilenet|Inception|resnet_v)/,
    "tensorflow",
    "TensorFlow's",
  ],
];

/** A way that names speak for, with the name that did; undefined where none does. */
export function preprocessOf(
  names: Iterable<string>,
): { readonly way: PreprocessName; readonly because: string } | undefined {
  const all = [...names];
  for (const [sign, way, whose] of SIGNS) {
    const found = all.find((name) => sign.test(name));
    if (found !== undefined) return { way, because: `its tensors have ${whose} names (${found})` };
  }
  return undefined;
}

/** A recipe with other colours, at the same size. Grey ones stay: no way is for them. */
export function recolour(recipe: ImageRecipe, way: PreprocessName): ImageRecipe {
  const { channels, scale, mean, deviation } = PREPROCESS[way];
  return { ...recipe, channels, scale, mean, deviation };
}
