/** Reads an ONNX file: the protobuf, the tensors that it keeps in other files, and what it says about itself. */
import { fromBinary } from "@bufbuild/protobuf";
import {
  type AttributeProto,
  type GraphProto,
  TensorProto_DataLocation as Location,
  type ModelProto,
  ModelProtoSchema,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from "onnx-buf";
import { FormatError } from "../../core/errors";
import { type ByteSource, bytesSource } from "../source";
import { type HostTensor, readTensorProto } from "./tensors";
import { elementName } from "./types";

/** An input or output as the file declares it. */
export interface OnnxPort {
  readonly name: string;
  /** Element type; also types that do not run, by ONNX's names: `string`, `sequence`, … */
  readonly type: string;
  /** Extents; a name for one that is free, null for one without a name. Undefined where the file does not say. */
  readonly shape: readonly (number | string | null)[] | undefined;
}

/** A model as it was read: nothing is known yet about whether it can run. */
export interface OnnxModel {
  /** For errors. */
  readonly file: string;
  readonly producer: string;
  /** Version of each operator set, by domain; ONNX's own is `""`. */
  readonly opsets: Readonly<Record<string, number>>;
  /** What a run is given. */
  readonly inputs: readonly OnnxPort[];
  readonly outputs: readonly OnnxPort[];
  /** How often each operator occurs, subgraphs and functions included, by name; a foreign domain stands before a colon. */
  readonly operators: ReadonlyMap<string, number>;
  readonly metadata: Readonly<Record<string, string>>;
  /** The decoded protobuf message, for the importer. */
  readonly proto: unknown;
  /** The values of a tensor of the message. @throws FormatError. */
  tensor(proto: unknown): HostTensor;
}

export interface ReadOnnxOptions {
  /** What the file is called in errors, where it comes as bytes; `model.onnx` unless told. */
  readonly name?: string;
  /** Opens a file that the model keeps tensors in, by its path relative to the model's. */
  readonly externalData?: (path: string) => Promise<ByteSource>;
}

const nested = ({ g, graphs }: AttributeProto): readonly GraphProto[] => (g ? [g, ...graphs] : graphs);

/** Calls `visit` for every node of the graphs and functions of a model, however deep. */
export function eachNode(nodes: readonly NodeProto[], visit: (node: NodeProto) => void): void {
  for (const node of nodes) {
    visit(node);
    for (const attribute of node.attribute) for (const graph of nested(attribute)) eachNode(graph.node, visit);
  }
}

const allNodes = (proto: ModelProto): NodeProto[] => [
  ...(proto.graph?.node ?? []),
  ...proto.functions.flatMap(({ node }) => node),
];

/** Every tensor that stands anywhere in the message. */
function allTensors(proto: ModelProto): TensorProto[] {
  const found: TensorProto[] = [...(proto.graph?.initializer ?? [])];
  eachNode(allNodes(proto), ({ attribute }) => {
    for (const each of attribute) {
      if (each.t) found.push(each.t);
      found.push(...each.tensors, ...nested(each).flatMap(({ initializer }) => initializer));
    }
  });
  return found;
}

/** Domains `""` and `"ai.onnx"` are one. */
export const domainOf = (domain: string): string => (domain === "ai.onnx" ? "" : domain);

export const operatorName = ({ domain, opType }: Pick<NodeProto, "domain" | "opType">): string =>
  domainOf(domain) === "" ? opType : `${domain}:${opType}`;

function port({ name, type }: ValueInfoProto): OnnxPort {
  const declared = type?.value;
  if (declared?.case !== "tensorType")
    return { name, type: declared?.case?.replace("Type", "") ?? "unknown", shape: undefined };
  const { value } = declared;
  const shape = value.shape?.dim.map(({ value: dim }) => {
    if (dim.case === "dimValue") return Number(dim.value);
    return dim.case === "dimParam" && dim.value !== "" ? dim.value : null;
  });
  return { name, type: elementName(value.elemType), shape };
}

/** A path that stays beside the model. */
function checkedPath(file: string, tensor: string, path: string | undefined): string {
  if (path && !/^([/\\]|[a-z]:)|(^|[/\\])\.\.([/\\]|$)|\0/i.test(path)) return path;
  throw new FormatError(
    file,
    `tensor "${tensor}" is kept in ${JSON.stringify(path ?? "no file")}, which is no path below the model's folder`,
  );
}

async function readExternal(
  file: string,
  { name, externalData }: TensorProto,
  open: (path: string) => Promise<ByteSource>,
): Promise<Uint8Array<ArrayBuffer>> {
  const entries = Object.fromEntries(externalData.map(({ key, value }) => [key, value]));
  const source = await open(checkedPath(file, name, entries.location));
  const number = (key: string, fallback: number): number => {
    const value = entries[key] === undefined ? fallback : Number(entries[key]);
    if (Number.isSafeInteger(value) && value >= 0) return value;
    throw new FormatError(file, `tensor "${name}" has ${key} ${JSON.stringify(entries[key])} in ${source.name}`);
  };
  const offset = number("offset", 0);
  return source.read(offset, number("length", Math.max(0, source.size - offset)));
}

/** Reads what tensors keep in other files; each file is opened once. */
async function externals(
  file: string,
  proto: ModelProto,
  open: ReadOnnxOptions["externalData"],
): Promise<Map<unknown, Uint8Array<ArrayBuffer>>> {
  const found = new Map<unknown, Uint8Array<ArrayBuffer>>();
  const opened = new Map<string, Promise<ByteSource>>();
  for (const tensor of allTensors(proto)) {
    if (tensor.dataLocation !== Location.EXTERNAL) continue;
    if (!open)
      throw new FormatError(file, `keeps tensor "${tensor.name}" in another file, and no way to open it was given`);
    const once = (path: string): Promise<ByteSource> => {
      const source = opened.get(path) ?? open(path);
      opened.set(path, source);
      return source;
    };
    found.set(tensor, await readExternal(file, tensor, once));
  }
  return found;
}

function decode(file: string, bytes: Uint8Array): ModelProto {
  let proto: ModelProto;
  try {
    proto = fromBinary(ModelProtoSchema, bytes, { readUnknownFields: false });
  } catch (error) {
    throw new FormatError(file, `is no ONNX file, or damaged (${(error as Error).message})`);
  }
  if (!proto.graph) throw new FormatError(file, "is no ONNX file, or damaged: it holds no graph");
  return proto;
}

/**
 * Reads a model.
 * @throws FormatError for what is no ONNX file, is truncated, or keeps tensors where none are
 */
export async function readOnnx(
  source: ByteSource | Uint8Array<ArrayBuffer>,
  options: ReadOnnxOptions = {},
): Promise<OnnxModel> {
  const {
    name: file,
    size,
    read,
  } = source instanceof Uint8Array ? bytesSource(options.name ?? "model.onnx", source) : source;
  const proto = decode(file, await read(0, size));
  const graph = proto.graph as GraphProto;
  const outside = await externals(file, proto, options.externalData);
  const operators = new Map<string, number>();
  eachNode(allNodes(proto), (node) => {
    const name = operatorName(node);
    operators.set(name, (operators.get(name) ?? 0) + 1);
  });
  const initialized = new Set(graph.initializer.map(({ name }) => name));
  return {
    file,
    producer: [proto.producerName, proto.producerVersion].filter(Boolean).join(" "),
    opsets: Object.fromEntries(proto.opsetImport.map(({ domain, version }) => [domainOf(domain), Number(version)])),
    inputs: graph.input.filter(({ name }) => !initialized.has(name)).map(port),
    outputs: graph.output.map(port),
    operators,
    metadata: Object.fromEntries(proto.metadataProps.map(({ key, value }) => [key, value])),
    proto,
    tensor: (tensor) => readTensorProto(file, tensor as TensorProto, outside.get(tensor)),
  };
}
