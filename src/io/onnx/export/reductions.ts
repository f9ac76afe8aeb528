/** Reductions, softmax, products of matrices. */
import { activated } from "./functions";
import { type Export, type Exports, inputOf, outputShape, type Ref, shapeOf, type Writer } from "./writer";

const reduction =
  (type: string): Export =>
  (site) => {
    const { length } = shapeOf(site);
    const { axes, keepDims } = site.attributes as { axes: readonly number[] | null; keepDims: boolean };
    const meant = (axes ?? Array.from({ length }, (_, i) => i)).map((axis) => (axis < 0 ? axis + length : axis));
    return site.w.reduce(
      type,
      inputOf(site),
      [...meant].sort((a, b) => a - b),
      keepDims,
    );
  };

/** ONNX counts places in 64 bits. */
const place =
  (type: string): Export =>
  (site) => {
    const { axis, keepDims, selectLastIndex } = site.attributes as Record<string, unknown>;
    const attributes = {
      axis: axis as number,
      keepdims: keepDims ? 1 : 0,
      ...(selectLastIndex ? { select_last_index: 1 } : {}),
    };
    return site.w.node("Cast", [site.w.node(type, [inputOf(site)], attributes)], { to: 6 });
  };

const alongAxis =
  (type: string): Export =>
  (site) =>
    site.w.node(type, [inputOf(site)], { axis: site.attributes.axis as number });

const transposed = (w: Writer, ref: Ref, rank: number): Ref => {
  const axes = Array.from({ length: rank }, (_, i) => i);
  return w.node("Transpose", [ref], { perm: [...axes.slice(0, -2), rank - 1, rank - 2] });
};

const matmul: Export = (site) => {
  const { transposeA, transposeB, activation } = site.attributes;
  const a = transposeA ? transposed(site.w, inputOf(site, "a"), shapeOf(site, "a").length) : inputOf(site, "a");
  const b = transposeB ? transposed(site.w, inputOf(site, "b"), shapeOf(site, "b").length) : inputOf(site, "b");
  return activated(site.w, site.w.node("MatMul", [a, b]), activation);
};

const linear: Export = (site) => {
  const { w, inputs } = site;
  const bias = inputs.bias ? [inputs.bias] : [];
  if (shapeOf(site).length === 2) {
    const result = w.node("Gemm", [inputs.input, inputs.weight, ...bias], { transB: 1 });
    return activated(w, result, site.attributes.activation);
  }
  const product = w.node("MatMul", [inputs.input, transposed(w, inputOf(site, "weight"), 2)]);
  return activated(w, inputs.bias ? w.node("Add", [product, inputs.bias]) : product, site.attributes.activation);
};

export const reductions: Exports = {
  argmax: place("ArgMax"),
  argmin: place("ArgMin"),
  cumSum: (site) => {
    const { axis, exclusive, reverse } = site.attributes as { axis: number; exclusive: boolean; reverse: boolean };
    const flags = { exclusive: exclusive ? 1 : 0, reverse: reverse ? 1 : 0 };
    return site.w.node("CumSum", [inputOf(site), site.w.constant([axis], [], "int64")], flags);
  },
  linear,
  logSoftmax: alongAxis("LogSoftmax"),
  logSum: reduction("ReduceLogSum"),
  logSumExp: reduction("ReduceLogSumExp"),
  matmul,
  max: reduction("ReduceMax"),
  mean: reduction("ReduceMean"),
  min: reduction("ReduceMin"),
  normL1: reduction("ReduceL1"),
  normL2: reduction("ReduceL2"),
  prod: reduction("ReduceProd"),
  softmax: alongAxis("Softmax"),
  sum: reduction("ReduceSum"),
  sumOfSquares: (site) => {
    const all = shapeOf(site).map((_, i) => i);
    if (site.attributes.axes !== undefined) return reduction("ReduceSumSquare")(site);
    return site.w.reshape(site.w.reduce("ReduceSumSquare", inputOf(site), all, false), outputShape(site));
  },
  topK: (site) => {
    const { k, axis, largest } = site.attributes as { k: number; axis: number; largest: boolean };
    const inputs = [inputOf(site), site.w.ints([k])];
    const [values, indices] = site.w.several(2, "TopK", inputs, { axis, largest: largest ? 1 : 0 }) as [Ref, Ref];
    return { values, indices: site.w.node("Cast", [indices], { to: 6 }) };
  },
};
