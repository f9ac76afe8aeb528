/**
 * Writes a graph of ours as an ONNX model, so that a peer runs exactly the network that we run. Only what the comparison
 * needs is covered; any other op is refused by name.
 */
import { create, toBinary } from "@bufbuild/protobuf";
import { TensorProto_DataType as DataType, AttributeProto_AttributeType as Kind, ModelProtoSchema } from "onnx-buf";
import { TandemError, UnknownNameError } from "../../core/errors";
import { byteLength, Tensor, type TensorType } from "../../core/tensor";
import type { Graph, Value } from "../../graph/graph";

type Attribute = number | readonly number[] | { readonly float: number };

/** A node as ONNX has it. Its inputs are our op's, in our order. */
interface OnnxNode {
  readonly type: string;
  readonly attributes: Readonly<Record<string, Attribute>>;
  /** A last input that is a constant number. */
  readonly constant?: number;
}

// biome-ignore lint/suspicious/noExplicitAny: attributes are opaque outside their op; each row reads those of its own.
type Translate = (attributes: any) => OnnxNode;

/** By our op's name. ONNX's pads are [top, left, bottom, right], as ours. */
const TRANSLATE: Readonly<Record<string, Translate>> = {
  conv2d: (a) => ({
    type: "Conv",
    attributes: { strides: a.stride, pads: a.padding, dilations: a.dilation, group: a.groups },
  }),
  maxPool2d: (a) => ({
    type: "MaxPool",
    attributes: {
      kernel_shape: a.kernel,
      strides: a.stride,
      pads: a.padding,
      ceil_mode: a.rounding === "ceil" ? 1 : 0,
    },
  }),
  // ONNX divides alpha by the size, and knows no groups.
  lrn: (a) => ({
    type: "LRN",
    attributes: {
      size: a.size,
      alpha: { float: a.alphaDivided ? a.alpha : a.alpha * a.size },
      beta: { float: a.beta },
      bias: { float: a.k },
    },
  }),
  dropout: (a) => ({ type: "Mul", attributes: {}, constant: a.form === "paper_test" ? 1 - a.p : 1 }),
  matmul: () => ({ type: "MatMul", attributes: {} }),
  linear: () => ({ type: "Gemm", attributes: { transB: 1 } }),
  relu: () => ({ type: "Relu", attributes: {} }),
  softmax: (a) => ({ type: "Softmax", attributes: { axis: a.axis } }),
  flatten: () => ({ type: "Flatten", attributes: { axis: 1 } }),
};

const OPSET = 17;

const dims = (type: TensorType) => ({
  value: {
    case: "tensorType" as const,
    value: {
      elemType: DataType.FLOAT,
      shape: { dim: type.shape.map((extent) => ({ value: { case: "dimValue" as const, value: BigInt(extent) } })) },
    },
  },
});

function attribute(name: string, value: Attribute) {
  if (typeof value === "number") return { name, type: Kind.INT, i: BigInt(value) };
  if (Array.isArray(value)) return { name, type: Kind.INTS, ints: value.map((each) => BigInt(each)) };
  return { name, type: Kind.FLOAT, f: (value as { float: number }).float };
}

const bytesOf = ({ data }: Tensor): Uint8Array<ArrayBuffer> =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

/** The graph as bytes of an ONNX model with `parameters` as its initialisers. */
export function toOnnx(graph: Graph, parameters: Readonly<Record<string, Tensor>>): Uint8Array {
  const names = new Map<Value, string>();
  for (const [name, value] of graph.outputs) names.set(value, name);
  const nameOf = (value: Value): string => names.get(value) ?? value.name;
  const constants: [name: string, value: number][] = [];
  const nodes = graph.nodes.map((node) => {
    const translate = TRANSLATE[node.op.name];
    if (!translate) throw new UnknownNameError("translation to ONNX of op", node.op.name, Object.keys(TRANSLATE));
    const { type, attributes, constant } = translate(node.problem.attributes);
    const last = constant === undefined ? [] : [`${node.name} constant`];
    if (constant !== undefined) constants.push([`${node.name} constant`, constant]);
    return {
      name: node.name,
      opType: type,
      input: [...node.op.inputs.flatMap(({ name }) => (node.inputs[name] ? [nameOf(node.inputs[name])] : [])), ...last],
      output: [nameOf(node.outputs[node.op.outputs[0] as string] as Value)],
      attribute: Object.entries(attributes).map(([name, value]) => attribute(name, value)),
    };
  });
  const initializer = [...graph.parameters].map(([name, { shape }]) => {
    const tensor = parameters[name];
    if (!tensor) throw new TandemError(`no value for parameter "${name}"`);
    if (tensor.data.byteLength !== byteLength(tensor)) throw new TandemError(`parameter "${name}" is not whole`);
    return { name, dims: shape.map(BigInt), dataType: DataType.FLOAT, rawData: bytesOf(tensor) };
  });
  for (const [name, value] of constants) {
    initializer.push({ name, dims: [], dataType: DataType.FLOAT, rawData: bytesOf(Tensor.f32([], [value])) });
  }
  const model = create(ModelProtoSchema, {
    irVersion: 8n,
    producerName: "tandem",
    opsetImport: [{ domain: "", version: BigInt(OPSET) }],
    graph: {
      name: graph.name,
      node: nodes,
      initializer,
      input: [...graph.inputs].map(([name, { type }]) => ({ name, type: dims(type) })),
      output: [...graph.outputs].map(([name, { type }]) => ({ name, type: dims(type) })),
    },
  });
  return toBinary(ModelProtoSchema, model);
}
