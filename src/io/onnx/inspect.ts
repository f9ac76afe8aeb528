/** What can be said of a model before it is translated. */
import type { ModelProto } from "onnx-buf";
import { eachNode, type OnnxModel } from "./read";
import { ELEMENTS, elementName, elementOf, UNSUPPORTED_TYPES } from "./types";

/** Operators that make or take values that are no tensors. */
const OF_TYPE: readonly (readonly [operator: RegExp, type: string])[] = [
  [/^(?!Reverse).*Sequence/, "sequence"],
  [/^Optional/, "optional"],
  [/^String|^RegexFullMatch$/, "string"],
];

/** Types that a model uses and we do not have, by ONNX's names; empty where there are none. */
export function unsupportedTypes(model: OnnxModel): string[] {
  const proto = model.proto as ModelProto;
  const found = new Set<string>();
  const note = (type: string): void => {
    if (UNSUPPORTED_TYPES.includes(type)) found.add(type);
  };
  for (const { type } of [...model.inputs, ...model.outputs]) if (!Object.hasOwn(ELEMENTS, type)) note(type);
  for (const { dataType } of proto.graph?.initializer ?? []) if (!elementOf(dataType)) note(elementName(dataType));
  const nodes = [...(proto.graph?.node ?? []), ...proto.functions.flatMap(({ node }) => node)];
  eachNode(nodes, ({ opType, attribute }) => {
    for (const [operator, type] of OF_TYPE) if (operator.test(opType)) note(type);
    for (const { name, i, t, strings } of attribute) {
      if (opType === "Cast" && name === "to") note(elementName(Number(i)));
      if (t && !elementOf(t.dataType)) note(elementName(t.dataType));
      if (opType === "Constant" && strings.length > 0) note("string");
    }
  });
  return [...found];
}
