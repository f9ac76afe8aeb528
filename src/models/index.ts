/** The models by the names that the command line knows them by. */
import {
  alexnet,
  alexnet2012,
  alexnetCaffe,
  alexnetGlyphs,
  alexnetTextures,
  alexnetTiny,
  alexnetTorchvision,
} from "./alexnet";
import type { Model } from "./model";

export type { BuildOptions, ImageRecipe, MakeInput, MakeMask, Model } from "./model";

export const models = {
  alexnet,
  "alexnet-2012": alexnet2012,
  "alexnet-caffe": alexnetCaffe,
  "alexnet-torchvision": alexnetTorchvision,
  "alexnet-tiny": alexnetTiny,
  "alexnet-glyphs": alexnetGlyphs,
  "alexnet-textures": alexnetTextures,
} as const satisfies Readonly<Record<string, Model>>;
