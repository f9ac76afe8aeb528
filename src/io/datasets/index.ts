/** Datasets for training: from files, and made on the spot. */
export { type CifarOptions, cifarDataset } from "./cifar";
export type { ImageDataset, Split } from "./dataset";
export { type BrokenPicture, type FolderDataset, type FolderOptions, folderDataset } from "./folder";
export { GLYPHS, type GlyphOptions, type GlyphStyle, glyphDataset, PLAIN, renderGlyph } from "./glyphs";
export { type IdxOptions, idxDataset } from "./idx";
export { type TextDataset, type TextWindow, textDataset } from "./text";
export {
  type Crop,
  type Photograph,
  photograph,
  type TextureDataset,
  type TextureOptions,
  textureDataset,
} from "./textures";
