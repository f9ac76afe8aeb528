/** Collects the nodes of an ONNX graph while ours is walked. Names are given last, so that outputs can have those wanted. */
import type { DType } from "../../../core/dtype";
import type { Shape } from "../../../core/shape";
import type { TensorType } from "../../../core/tensor";
import type { Named } from "../../../ops/op";

/** A tensor of the ONNX graph; its name is decided at the end. */
export interface Ref {
  name?: string;
}

/** A whole number, text, a list of either, or a float or floats marked as such. */
export type Attribute =
  | number
  | string
  | readonly number[]
  | readonly string[]
  | { readonly float: number }
  | { readonly floats: readonly number[] };

export interface Written {
  readonly type: string;
  readonly inputs: readonly (Ref | undefined)[];
  readonly outputs: readonly Ref[];
  readonly attributes: Readonly<Record<string, Attribute>>;
  /** Name of our node that it was written for. */
  readonly label: string;
}

/** A tensor that is written into the file. */
export interface Constant {
  readonly ref: Ref;
  readonly type: "float" | "int32" | "int64";
  readonly shape: Shape;
  readonly values: readonly number[];
}

export class Writer {
  readonly nodes: Written[] = [];
  readonly constants = new Map<string, Constant>();
  label = "";

  constructor(readonly opset: number) {}

  /** A node of several outputs. */
  several(
    count: number,
    type: string,
    inputs: readonly (Ref | undefined)[],
    attributes: Readonly<Record<string, Attribute>> = {},
  ): Ref[] {
    const outputs = Array.from({ length: count }, (): Ref => ({}));
    this.nodes.push({ type, inputs, outputs, attributes, label: this.label });
    return outputs;
  }

  /** Leaves out what nothing wanted is made of: second outputs that nobody reads, and the constants behind them. */
  prune(wanted: Iterable<Ref>): void {
    const read = new Set<Ref | undefined>(wanted);
    for (let i = this.nodes.length - 1; i >= 0; i--) {
      const { inputs, outputs } = this.nodes[i] as Written;
      if (outputs.some((ref) => read.has(ref))) for (const ref of inputs) read.add(ref);
      else this.nodes.splice(i, 1);
    }
    for (const [key, { ref }] of this.constants) if (!read.has(ref)) this.constants.delete(key);
  }

  /** A node of one output. */
  node(type: string, inputs: readonly (Ref | undefined)[], attributes: Readonly<Record<string, Attribute>> = {}): Ref {
    return this.several(1, type, inputs, attributes)[0] as Ref;
  }

  /** Numbers that stand in the file; the same ones once. */
  constant(values: readonly number[], shape: Shape = [values.length], type: Constant["type"] = "float"): Ref {
    const key = `${type} ${shape.join(",")} ${values.map((v) => (Object.is(v, -0) ? "-0" : v)).join(",")}`;
    const found = this.constants.get(key) ?? { ref: {}, type, shape, values };
    this.constants.set(key, found);
    return found.ref;
  }

  /** One number, of a type that goes with tensors that run as `dtype`. */
  scalar(value: number, dtype: DType = "f32"): Ref {
    return this.constant([value], [], dtype === "f32" ? "float" : "int32");
  }

  /** A list of whole numbers, as shapes and axes are given. */
  ints(values: readonly number[]): Ref {
    return this.constant(values, [values.length], "int64");
  }

  reshape(input: Ref, shape: Shape): Ref {
    return this.node("Reshape", [input, this.ints(shape)]);
  }

  slice(input: Ref, axis: number, start: number, end: number, step = 1): Ref {
    return this.node("Slice", [input, this.ints([start]), this.ints([end]), this.ints([axis]), this.ints([step])]);
  }

  /** A reduction; where its axes stand depends on the version. */
  reduce(type: string, input: Ref, axes: readonly number[], keepDims: boolean): Ref {
    const keepdims = keepDims ? 1 : 0;
    // A scalar has no axis to be named, and no axes would mean all of them.
    if (axes.length === 0) return this.reduce(type, this.reshape(input, [1]), [0], false);
    if (type === "ReduceSum" || this.opset >= 18) return this.node(type, [input, this.ints(axes)], { keepdims });
    return this.node(type, [input], { axes, keepdims });
  }

  /** Booleans as the engine has them: f32 0 or 1. */
  truth(input: Ref): Ref {
    return this.node("Cast", [input], { to: 1 });
  }
}

/** One node of ours as its entry sees it. */
export interface ExportSite {
  readonly w: Writer;
  // biome-ignore lint/suspicious/noExplicitAny: attributes are opaque outside their op; each entry reads those of its own.
  readonly attributes: any;
  /** By our names. */
  readonly inputs: Named<Ref>;
  readonly types: Named<TensorType>;
  readonly outputs: Named<TensorType>;
}

/** Writes a node and gives its outputs: the first one, or all by our names. */
export type Export = (site: ExportSite) => Ref | Named<Ref>;

export type Exports = Readonly<Record<string, Export>>;

/** An input that is surely there. */
export const inputOf = ({ inputs }: ExportSite, name = "input"): Ref => inputs[name] as Ref;

export const shapeOf = ({ types }: ExportSite, name = "input"): Shape => (types[name] as TensorType).shape;

export const outputShape = ({ outputs }: ExportSite, name = "output"): Shape => (outputs[name] as TensorType).shape;
