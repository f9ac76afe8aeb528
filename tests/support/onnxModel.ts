/** Small ONNX models, made on the spot. */
import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import {
  type AttributeProto,
  AttributeProtoSchema,
  type GraphProto,
  GraphProtoSchema,
  AttributeProto_AttributeType as Kind,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  type TensorProto,
  TensorProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from "onnx-buf";
import { ELEMENTS, type ElementType } from "../../src/io/onnx/types";

export type Attribute = number | string | readonly number[] | { readonly float: number } | TensorProto;

const isTensor = (value: Attribute): value is TensorProto =>
  typeof value === "object" && "$typeName" in value && value.$typeName === "onnx.TensorProto";

function attribute(name: string, value: Attribute): AttributeProto {
  const make = (init: MessageInitShape<typeof AttributeProtoSchema>) => create(AttributeProtoSchema, { ...init, name });
  if (typeof value === "number") return make({ type: Kind.INT, i: BigInt(value) });
  if (typeof value === "string") return make({ type: Kind.STRING, s: new TextEncoder().encode(value) });
  if (isTensor(value)) return make({ type: Kind.TENSOR, t: value });
  if (Array.isArray(value)) return make({ type: Kind.INTS, ints: value.map(BigInt) });
  return make({ type: Kind.FLOAT, f: (value as { float: number }).float });
}

export const node = (
  opType: string,
  input: readonly string[],
  output: readonly string[],
  attributes: Readonly<Record<string, Attribute>> = {},
  name = "",
): NodeProto =>
  create(NodeProtoSchema, {
    name,
    opType,
    input: [...input],
    output: [...output],
    attribute: Object.entries(attributes).map(([key, value]) => attribute(key, value)),
  });

/** A node with a subgraph as one more attribute. */
export const withGraph = (own: NodeProto, name: string, g: GraphProto): NodeProto => ({
  ...own,
  attribute: [...own.attribute, create(AttributeProtoSchema, { name, type: Kind.GRAPH, g })],
});

export const port = (name: string, shape: readonly (number | string)[], type: ElementType = "float"): ValueInfoProto =>
  create(ValueInfoProtoSchema, {
    name,
    type: {
      value: {
        case: "tensorType",
        value: {
          elemType: ELEMENTS[type].code,
          shape: {
            dim: shape.map((extent) =>
              typeof extent === "string"
                ? { value: { case: "dimParam" as const, value: extent } }
                : { value: { case: "dimValue" as const, value: BigInt(extent) } },
            ),
          },
        },
      },
    },
  });

/** A tensor of 32-bit floats or, of type int64, whole numbers. */
export function tensor(
  name: string,
  shape: readonly number[],
  values: readonly number[],
  type: "float" | "int64" = "float",
) {
  const data = type === "float" ? { floatData: [...values] } : { int64Data: values.map(BigInt) };
  return create(TensorProtoSchema, { name, dims: shape.map(BigInt), dataType: ELEMENTS[type].code, ...data });
}

export interface ModelParts {
  readonly nodes: readonly NodeProto[];
  readonly inputs?: readonly ValueInfoProto[];
  readonly outputs: readonly ValueInfoProto[];
  readonly initializers?: readonly TensorProto[];
  readonly opset?: number;
}

/** The bytes of a model. */
export function onnxModel({
  nodes,
  inputs = [],
  outputs,
  initializers = [],
  opset = 17,
}: ModelParts): Uint8Array<ArrayBuffer> {
  const graph = create(GraphProtoSchema, {
    name: "test",
    node: [...nodes],
    input: [...inputs],
    output: [...outputs],
    initializer: [...initializers],
  });
  const model = create(ModelProtoSchema, {
    irVersion: 8n,
    opsetImport: [{ domain: "", version: BigInt(opset) }],
    graph,
  });
  return toBinary(ModelProtoSchema, model) as Uint8Array<ArrayBuffer>;
}
