/**
 * Names of ImageNet's 1000 classes (ILSVRC 2012, in the order of their WordNet numbers, which Caffe, PyTorch and TensorFlow
 * share). The list is that of the npm package @tensorflow-models/mobilenet 2.1 (Apache-2.0, see LICENSE beside this file).
 */

/** Loaded when it is first asked for: 22 kB that most runs can do without. */
export async function imagenetLabels(): Promise<readonly string[]> {
  const { default: text } = await import("./imagenet.txt?raw");
  return text.trimEnd().split("\n");
}

export const IMAGENET_CLASSES = 1000;
