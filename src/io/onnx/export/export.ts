/** Writes a graph as an ONNX model: what an op of ours is in ONNX, alone or as a few of its operators. */
import { create, toBinary } from "@bufbuild/protobuf";
import {
  type AttributeProto,
  AttributeProtoSchema,
  TensorProto_DataType as DataType,
  AttributeProto_AttributeType as Kind,
  ModelProtoSchema,
  type TensorProto,
  TensorProtoSchema,
} from "onnx-buf";
import type { DType } from "../../../core/dtype";
import { TandemError } from "../../../core/errors";
import { type Shape, sameShape } from "../../../core/shape";
import { formatType, type Tensor, type TensorType } from "../../../core/tensor";
import type { Graph, Node, Value } from "../../../graph/graph";
import { type OnnxProblem, OnnxUnsupportedError } from "../problems";
import { functions } from "./functions";
import { movement } from "./movement";
import { recurrent } from "./recurrent";
import { reductions } from "./reductions";
import { scaling } from "./scaling";
import { training } from "./training";
import { windows } from "./windows";
import { type Attribute, type Constant, type Exports, type Ref, Writer } from "./writer";

/** Entries by our op's name. What is not here cannot be written, and is refused by name. */
export const exports: Exports = {
  ...functions,
  ...movement,
  ...windows,
  ...reductions,
  ...training,
  ...recurrent,
  ...scaling,
};

export interface ExportOptions {
  /** Version of ONNX's operator set: 17 or later; 17 unless told. */
  readonly opset?: number;
  /** Extra text in the file, such as a model's own metadata. */
  readonly metadata?: Readonly<Record<string, string>>;
}

const OLDEST = 17;
const NEWEST = 25;

const ELEMENT: Readonly<Record<DType, number>> = { f32: DataType.FLOAT, i32: DataType.INT32, u32: DataType.UINT32 };

function attribute(name: string, value: Attribute): AttributeProto {
  const encoded = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);
  if (typeof value === "number") return create(AttributeProtoSchema, { name, type: Kind.INT, i: BigInt(value) });
  if (typeof value === "string") return create(AttributeProtoSchema, { name, type: Kind.STRING, s: encoded(value) });
  if ("float" in value) return create(AttributeProtoSchema, { name, type: Kind.FLOAT, f: value.float });
  if ("floats" in value) return create(AttributeProtoSchema, { name, type: Kind.FLOATS, floats: [...value.floats] });
  if (typeof value[0] === "string")
    return create(AttributeProtoSchema, {
      name,
      type: Kind.STRINGS,
      strings: value.map((each) => encoded(String(each))),
    });
  return create(AttributeProtoSchema, { name, type: Kind.INTS, ints: value.map(BigInt) });
}

const port = (name: string, { shape, dtype }: TensorType) => ({
  name,
  type: {
    value: {
      case: "tensorType" as const,
      value: {
        elemType: ELEMENT[dtype],
        shape: { dim: shape.map((extent) => ({ value: { case: "dimValue" as const, value: BigInt(extent) } })) },
      },
    },
  },
});

const bytesOf = (data: ArrayBufferView<ArrayBuffer>): Uint8Array<ArrayBuffer> =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

const raw = (name: string, dataType: number, shape: Shape, data: ArrayBufferView<ArrayBuffer>): TensorProto =>
  create(TensorProtoSchema, { name, dataType, dims: shape.map(BigInt), rawData: bytesOf(data) });

function constant({ ref, type, shape, values }: Constant): TensorProto {
  const name = ref.name as string;
  if (type === "float") return raw(name, DataType.FLOAT, shape, Float32Array.from(values));
  if (type === "int32") return raw(name, DataType.INT32, shape, Int32Array.from(values));
  return raw(name, DataType.INT64, shape, BigInt64Array.from(values.map((value) => BigInt(value))));
}

function parameter(name: string, type: TensorType, tensor: Tensor | undefined): TensorProto {
  if (!tensor) throw new TandemError(`no value was given for parameter "${name}"`);
  if (tensor.dtype !== type.dtype || !sameShape(tensor.shape, type.shape))
    throw new TandemError(`parameter "${name}" is ${formatType(tensor)}, but the graph has it as ${formatType(type)}`);
  return raw(name, ELEMENT[type.dtype], type.shape, tensor.data);
}

/** Names that are taken, and new ones made of a wish. */
class Names {
  readonly #taken = new Set<string>();

  take(wish: string): string {
    let name = wish;
    for (let i = 2; this.#taken.has(name); i++) name = `${wish}_${i}`;
    this.#taken.add(name);
    return name;
  }
}

/** Writes one node. Its problem is noted where it cannot be written. */
function writeNode(node: Node, w: Writer, refs: Map<Value, Ref>, problems: OnnxProblem[]): void {
  const entry = Object.hasOwn(exports, node.op.name) ? exports[node.op.name] : undefined;
  const inputs = Object.fromEntries(Object.entries(node.inputs).map(([name, value]) => [name, refs.get(value) ?? {}]));
  w.label = node.name;
  try {
    if (!entry)
      throw new TandemError("has no form in ONNX here: gradients and the rules of optimisers stay with the engine");
    const { attributes, inputs: types, outputs } = node.problem;
    const made = entry({ w, attributes, inputs, types, outputs });
    const first = node.op.outputs[0] as string;
    const named = isRef(made, node.op.outputs) ? { [first]: made } : made;
    for (const [name, value] of Object.entries(node.outputs)) if (named[name]) refs.set(value, named[name]);
  } catch (error) {
    if (!(error instanceof TandemError)) throw error;
    problems.push({ node: node.name, operator: node.op.name, reason: error.message });
  }
}

/** A single tensor, and no record of them: those have the names of the op's outputs. */
const isRef = (made: Ref | Readonly<Record<string, Ref>>, outputs: readonly string[]): made is Ref =>
  !outputs.some((name) => typeof (made as Record<string, unknown>)[name] === "object");

/** Gives every tensor its name: parameters, inputs and outputs theirs, the others one after the node they come from. */
function nameAll(graph: Graph, w: Writer, refs: ReadonlyMap<Value, Ref>): Map<string, Ref> {
  const names = new Names();
  for (const [name, value] of [...graph.inputs, ...graph.parameters]) (refs.get(value) as Ref).name = names.take(name);
  const outputs = new Map<string, Ref>();
  const copies: [string, Ref][] = [];
  for (const [name, value] of graph.outputs) {
    const ref = refs.get(value) as Ref;
    const isConstant = [...w.constants.values()].some((each) => each.ref === ref);
    if (ref.name === undefined && !isConstant) ref.name = names.take(name);
    else copies.push([name, ref]);
    outputs.set(name, ref);
  }
  // An output that is an input, a weight, or another output too is a copy of it.
  for (const [name, from] of copies) {
    w.label = name;
    const copy = w.node("Identity", [from]);
    copy.name = names.take(name);
    outputs.set(name, copy);
  }
  for (const each of w.constants.values()) each.ref.name ??= names.take(`constant_${each.type}`);
  for (const { outputs: made, label } of w.nodes) for (const ref of made) ref.name ??= names.take(label);
  return outputs;
}

/**
 * Writes a graph as an ONNX model.
 * @param parameters values of all parameters of the graph, by name; they become initialisers
 * @returns the bytes of the file
 * @throws OnnxUnsupportedError listing every op that has no form in ONNX, with its node; TandemError for parameters without
 * values and versions that we do not write
 */
export function exportOnnx(
  graph: Graph,
  parameters: Readonly<Record<string, Tensor>>,
  { opset = OLDEST, metadata = {} }: ExportOptions = {},
): Uint8Array<ArrayBuffer> {
  if (!Number.isInteger(opset) || opset < OLDEST || opset > NEWEST)
    throw new TandemError(`opset ${opset} cannot be written; versions ${OLDEST} to ${NEWEST} can`);
  const w = new Writer(opset);
  const refs = new Map<Value, Ref>(
    [...graph.inputs.values(), ...graph.parameters.values()].map((value) => [value, {}]),
  );
  const problems: OnnxProblem[] = [];
  for (const node of graph.nodes) writeNode(node, w, refs, problems);
  if (problems.length > 0) throw new OnnxUnsupportedError(`graph "${graph.name}"`, problems);
  w.prune([...graph.outputs.values()].map((value) => refs.get(value) as Ref));
  const outputs = nameAll(graph, w, refs);
  const nodeNames = new Names();
  const model = create(ModelProtoSchema, {
    irVersion: 8n,
    producerName: "tandem",
    opsetImport: [{ domain: "", version: BigInt(opset) }],
    metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
    graph: {
      name: graph.name,
      node: w.nodes.map((node) => ({
        name: nodeNames.take(node.label),
        opType: node.type,
        input: trimmed(node.inputs.map((ref) => ref?.name ?? "")),
        output: node.outputs.map((ref) => ref.name as string),
        attribute: Object.entries(node.attributes).map(([name, value]) => attribute(name, value)),
      })),
      initializer: [
        ...[...graph.parameters].map(([name, { type }]) => parameter(name, type, parameters[name])),
        ...[...w.constants.values()].map(constant),
      ],
      input: [...graph.inputs].map(([name, { type }]) => port(name, type)),
      output: [...graph.outputs].map(([name, { type }]) => port(outputs.get(name)?.name ?? name, type)),
    },
  });
  return toBinary(ModelProtoSchema, model) as Uint8Array<ArrayBuffer>;
}

/** Inputs left out at the end need not be written. */
const trimmed = (names: readonly string[]): string[] => names.slice(0, names.findLastIndex(Boolean) + 1);
