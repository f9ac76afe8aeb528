/** The networks that the page offers, and which of them works at once. */
import { type Model, models } from "../../../src/index";

/** Which of the page's own pictures a network is made for. */
export type Samples = "glyphs" | "surfaces" | "photographs";

export interface Network {
  readonly id: NetworkId;
  readonly model: Model;
  readonly samples: Samples;
  /** Address of trained weights that come with the page. */
  readonly shipped?: string;
}

export type NetworkId = keyof typeof MODELS;

const MODELS = {
  glyphs: models["alexnet-glyphs"],
  textures: models["alexnet-textures"],
  paper: models.alexnet,
  "2012": models["alexnet-2012"],
  caffe: models["alexnet-caffe"],
  torchvision: models["alexnet-torchvision"],
} as const;

const full = (id: NetworkId): Network => ({ id, model: MODELS[id], samples: "photographs" });

export const networks: readonly Network[] = [
  {
    id: "glyphs",
    model: MODELS.glyphs,
    samples: "glyphs",
    shipped: new URL("../../weights/alexnet-glyphs.safetensors", import.meta.url).href,
  },
  {
    id: "textures",
    model: MODELS.textures,
    samples: "surfaces",
    shipped: new URL("../../weights/alexnet-textures.safetensors", import.meta.url).href,
  },
  full("paper"),
  full("2012"),
  full("caffe"),
  full("torchvision"),
];

export const networkOf = (id: NetworkId): Network => networks.find((each) => each.id === id) as Network;
