/** Translates an ONNX model into a graph and its parameters. What is known before a run is computed here, once. */
import type { GraphProto, ModelProto } from "onnx-buf";
import { TandemError } from "../../core/errors";
import type { Shape } from "../../core/shape";
import type { Tensor } from "../../core/tensor";
import type { Graph } from "../../graph/graph";
import { Builder } from "./builder";
import { type ImportOptions, inputShapes } from "./dims";
import { type Held, known, NeedsValues } from "./held";
import { OnnxUnsupportedError } from "./problems";
import type { OnnxModel } from "./read";
import type { HostTensor } from "./tensors";
import { Scope, Translator } from "./translate";
import { ELEMENTS, type ElementType, UNSUPPORTED_TYPES } from "./types";

/** What a run is given or gives back. `type` is the model's; floats and booleans run as f32, whole numbers as i32. */
export interface ImportedPort {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: Shape;
}

export interface ImportedOutput extends ImportedPort {
  /** The output's values, where they do not depend on any input: then the graph has no such output. */
  readonly constant?: HostTensor;
}

export interface OnnxImport {
  readonly graph: Graph;
  /** Values of all parameters of the graph, by name: initialisers under their own names, and constants. */
  readonly parameters: Record<string, Tensor>;
  readonly inputs: readonly ImportedPort[];
  readonly outputs: readonly ImportedOutput[];
  /** Inputs whose values were needed before a run, and taken from `values`. */
  readonly fixed: readonly string[];
}

const typeOf = (model: OnnxModel, name: string, type: string): ElementType => {
  if (Object.hasOwn(ELEMENTS, type)) return type as ElementType;
  throw new TandemError(`${model.file}: "${name}" is of type ${type}; we do not have ${UNSUPPORTED_TYPES.join(", ")}`);
};

function attempt(model: OnnxModel, options: ImportOptions, fixed: ReadonlySet<string>): OnnxImport {
  const proto = model.proto as ModelProto;
  const graph = proto.graph as GraphProto;
  const builder = new Builder(graph.name || model.file);
  const translator = new Translator(model, proto, builder);
  const scope = new Scope();
  for (const each of graph.initializer) scope.later(each.name, () => known(model.tensor(each), each.name));
  const shapes = inputShapes(model, options);
  const inputs: ImportedPort[] = [];
  for (const { name, type } of model.inputs) {
    const port = { name, type: typeOf(model, name, type), shape: shapes[name] as number[] };
    const value = fixed.has(name) || port.shape.includes(0) ? options.values?.[name] : undefined;
    if (value || port.shape.includes(0)) scope.set(name, known(value ?? { ...port, data: new Float64Array() }, name));
    else {
      scope.set(name, builder.input(name, port.type, port.shape));
      inputs.push(port);
    }
  }
  translator.run(graph.node, scope, translator.opsets, "");
  const outputs = model.outputs.map(({ name }) => outputOf(builder, translator, name, scope.get(name)));
  if (translator.problems.length > 0) throw new OnnxUnsupportedError(model.file, translator.problems);
  return { graph: builder.graph, parameters: builder.parameters, inputs, outputs, fixed: [...fixed] };
}

function outputOf(builder: Builder, translator: Translator, name: string, held: Held | undefined): ImportedOutput {
  if (!held) {
    translator.broken(name);
    return { name, type: "float", shape: [] };
  }
  const { type, shape } = held;
  if (held.known) return { name, type, shape, constant: { type, shape, data: held.known } };
  builder.graph.output(name, builder.valueOf(held));
  return { name, type, shape };
}

/**
 * Translates a model. Nothing touches a GPU.
 * @throws OnnxUnsupportedError listing every operator and attribute that we do not have, with its node; FormatError for a
 * model that is no graph (cycles, names that nothing makes); TandemError for free axes that nothing binds, and for a node that
 * needs values before a run that only a run can give
 */
export function importOnnx(model: OnnxModel, options: ImportOptions = {}): OnnxImport {
  const fixed = new Set<string>();
  for (;;) {
    try {
      return attempt(model, options, fixed);
    } catch (error) {
      if (!(error instanceof NeedsValues)) throw error;
      const more = [...error.roots].filter((name) => !fixed.has(name));
      const missing = more.filter((name) => !options.values?.[name]);
      if (more.length === 0 || missing.length > 0) {
        const remedy = missing.length > 0 ? ` Give values for ${missing.map((name) => `"${name}"`).join(", ")}.` : "";
        throw new TandemError(`${model.file}: ${error.message}, and they depend on what a run is given.${remedy}`);
      }
      for (const name of more) fixed.add(name);
    }
  }
}
