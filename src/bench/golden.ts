/**
 * Runs cases of the golden format: a folder with `index.json` (what to run, on what, how close the result must be) and
 * one safetensors file per case with inputs, outputs and gradients that something other than this engine computed.
 *
 * A case is passed, failed, or skipped, and never silently any of them: an op that we do not have, a file that cannot be
 * read, a gradient asked for that nothing computes are failures with a reason. A case tagged `invalid` is a call that
 * must be refused, by an error of ours, before anything reaches the GPU.
 */
import { compare, errorRatio, type Mismatch } from "../core/compare";
import { allocate, type DType } from "../core/dtype";
import { DeviceLostError, FormatError, TandemError } from "../core/errors";
import { formatShape, type Shape, sameShape, sizeOf, stridesOf } from "../core/shape";
import { Tensor, type TensorType } from "../core/tensor";
import type { Device } from "../engine/device";
import { addGradients } from "../graph/autodiff";
import { Graph, pose, type Value } from "../graph/graph";
import { parseSafetensors } from "../io/safetensors";
import { ops } from "../ops";
import type { AnyOp, Named } from "../ops/op";

/** One case, as the index has it. */
export interface GoldenCase {
  readonly name: string;
  readonly op: string;
  readonly attrs: Readonly<Record<string, unknown>>;
  /** Below the folder; null for a case that is refused by its shapes alone. */
  readonly file: string | null;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Tensor with the gradient that flows into each output. */
  readonly cotangents: Readonly<Record<string, string>>;
  /** Tensor with the gradient of each input. */
  readonly grads: Readonly<Record<string, string>>;
  readonly tolerance: {
    readonly rtol: number;
    readonly atol: number;
    readonly atol_by_tensor?: Readonly<Record<string, number>>;
  };
  readonly tags: readonly string[];
  /** Shapes of the inputs of a case without a file. */
  readonly shapes?: Readonly<Record<string, Shape>>;
}

/** How one tensor of a case came out. */
export interface TensorOutcome {
  readonly tensor: string;
  readonly passed: boolean;
  /** Largest error as a share of what is allowed. */
  readonly ratio?: number;
  /** The worst element, where one is beyond the tolerance, and where it lies. */
  readonly mismatch?: Mismatch;
  readonly at?: readonly number[];
  /** Why it failed, where that is not an error beyond the tolerance. */
  readonly reason?: string;
}

export interface Outcome {
  readonly name: string;
  readonly op: string;
  readonly status: "passed" | "failed" | "skipped";
  readonly tensors: readonly TensorOutcome[];
  /** Why it failed or was skipped, or how it was refused, in words. */
  readonly reason?: string;
}

/** What running a case takes besides the case. */
export interface GoldenContext {
  readonly device: Device;
  /** Reads a file below the folder. */
  readonly read: (path: string) => Promise<Uint8Array<ArrayBuffer>>;
  readonly gradients: boolean;
}

/** Runs a case that is a whole network, whose inputs and outputs follow a story of their own. */
export type NetworkRunner = (
  which: GoldenCase,
  tensors: ReadonlyMap<string, Tensor>,
  context: GoldenContext,
) => Promise<readonly TensorOutcome[]>;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const strings = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((each) => typeof each === "string");

/** The cases of an index. @throws FormatError saying what is wrong where. */
export function readIndex(bytes: Uint8Array, file: string): readonly GoldenCase[] {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    throw new FormatError(file, `is not JSON (${(error as Error).message})`);
  }
  if (!isRecord(json)) throw new FormatError(file, "should be an object with a list `cases`");
  if (json.format !== undefined && json.format !== 1) {
    throw new FormatError(file, `is of format ${JSON.stringify(json.format)}; this version reads format 1`);
  }
  if (!Array.isArray(json.cases)) throw new FormatError(file, "has no list `cases`");
  if (json.cases.length === 0) throw new FormatError(file, "has no cases");
  return json.cases.map((each: unknown, position) => readCase(each, `${file}, case ${position}`));
}

function readCase(json: unknown, where: string): GoldenCase {
  if (!isRecord(json)) throw new FormatError(where, "is no object");
  const {
    name,
    op,
    attrs = {},
    file = null,
    inputs = [],
    outputs = [],
    cotangents,
    grads,
    tolerance,
    tags,
    shapes,
  } = json;
  if (typeof name !== "string" || typeof op !== "string") throw new FormatError(where, "has no `name` or no `op`");
  const place = `${where} ("${name}")`;
  if (!isRecord(attrs)) throw new FormatError(place, "`attrs` should be an object");
  if (file !== null && typeof file !== "string") throw new FormatError(place, "`file` should be a path or null");
  if (!strings(inputs) || !strings(outputs))
    throw new FormatError(place, "`inputs` and `outputs` should be lists of names");
  const allowed = isRecord(tolerance) ? tolerance : {};
  return {
    name,
    op,
    attrs,
    file,
    inputs,
    outputs,
    cotangents: isRecord(cotangents) ? (cotangents as Record<string, string>) : {},
    grads: isRecord(grads) ? (grads as Record<string, string>) : {},
    tolerance: {
      rtol: typeof allowed.rtol === "number" ? allowed.rtol : 0,
      atol: typeof allowed.atol === "number" ? allowed.atol : 0,
      ...(isRecord(allowed.atol_by_tensor) ? { atol_by_tensor: allowed.atol_by_tensor as Record<string, number> } : {}),
    },
    tags: strings(tags) ? tags : [],
    ...(isRecord(shapes) ? { shapes: shapes as Record<string, Shape> } : {}),
  };
}

/** Ops by the name they have in the golden format. */
const byGoldenName: ReadonlyMap<string, AnyOp> = new Map(
  (Object.values(ops) as AnyOp[]).flatMap((op) => (op.golden ? [[op.golden.op, op] as const] : [])),
);

/** Our name for an input of a case; a variadic one is its prefix and a number. Undefined for a name the op has not. */
function inputName(op: AnyOp, name: string): string | undefined {
  const golden = op.golden?.inputs ?? [];
  const position = golden.indexOf(name);
  const exact = op.inputs[position];
  if (exact && !exact.variadic) return exact.name;
  const [, prefix, number] = /^(.*?)(\d+)$/.exec(name) ?? [];
  const spec = prefix === undefined ? undefined : op.inputs[golden.indexOf(prefix)];
  return spec?.variadic ? `${spec.name}${number}` : undefined;
}

/** Our name for an output of a case. */
const outputName = (op: AnyOp, name: string): string | undefined => op.outputs[op.golden?.outputs.indexOf(name) ?? -1];

/** Integers where the op wants numbers and the other way round, when nothing is lost by it. */
function as(dtype: DType, tensor: Tensor): Tensor {
  if (tensor.dtype === dtype) return tensor;
  const data = allocate(dtype, tensor.data.length);
  data.set(tensor.data);
  return data.every((value, i) => value === tensor.data[i]) ? new Tensor(tensor.shape, data) : tensor;
}

const wantedDType = (op: AnyOp, name: string): DType | undefined => {
  const spec = op.inputs.find((each) => each.name === name || (each.variadic && name.startsWith(each.name)));
  const dtype = spec?.dtype ?? "f32";
  return dtype === "any" ? undefined : dtype;
};

class CaseFailure extends TandemError {}

/** The inputs of a case under our names. */
function nameInputs<T>(op: AnyOp, which: GoldenCase, get: (name: string) => T): Record<string, T> {
  return Object.fromEntries(
    which.inputs.map((name) => {
      const ours = inputName(op, name);
      if (ours === undefined) throw new CaseFailure(`${op.name} has no input for "${name}"`);
      return [ours, get(name)];
    }),
  );
}

const attributesOf = (op: AnyOp, which: GoldenCase): Readonly<Record<string, unknown>> =>
  op.golden?.attributes?.(which.attrs) ?? which.attrs;

async function tensorsOf(which: GoldenCase, context: GoldenContext): Promise<ReadonlyMap<string, Tensor>> {
  if (which.file === null) throw new CaseFailure("the case has no file");
  return (await parseSafetensors(await context.read(which.file), which.file)).tensors;
}

/** Compares one tensor with the file's, by the case's tolerance for it. */
export function judge(
  which: GoldenCase,
  tensor: string,
  got: Tensor | undefined,
  wanted: Tensor | undefined,
): TensorOutcome {
  if (!wanted) return { tensor, passed: false, reason: `the file has no tensor "${tensor}"` };
  if (!got) return { tensor, passed: false, reason: `nothing computes "${tensor}"` };
  if (!sameShape(got.shape, wanted.shape)) {
    const reason = `"${tensor}" has shape ${formatShape(got.shape)}, but should have ${formatShape(wanted.shape)}`;
    return { tensor, passed: false, reason };
  }
  const exact = wanted.dtype !== "f32";
  const { rtol, atol, atol_by_tensor } = which.tolerance;
  const tolerance = exact ? { rtol: 0, atol: 0 } : { rtol, atol: atol_by_tensor?.[tensor] ?? atol };
  const mismatch = compare(got.data, wanted.data, tolerance);
  const ratio = errorRatio(got.data, wanted.data, tolerance);
  if (!mismatch) return { tensor, passed: true, ratio };
  const at = stridesOf(wanted.shape).map(
    (stride, axis) => Math.floor(mismatch.index / stride) % (wanted.shape[axis] ?? 1),
  );
  return { tensor, passed: false, ratio, mismatch, at };
}

/** A gradient of the case, as an output of the graph. */
const gradientOutput = (tensor: string): string => `gradient ${tensor}`;
const cotangentInput = (tensor: string): string => `cotangent ${tensor}`;

/** Adds the gradients that the case wants to the graph; gives the cotangents to feed. Nothing for an op without any. */
function differentiate(
  graph: Graph,
  op: AnyOp,
  which: GoldenCase,
  values: Named<Value>,
  results: Named<Value>,
  tensors: ReadonlyMap<string, Tensor>,
): Record<string, Tensor> {
  if (!op.gradient) return {};
  const feeds: Record<string, Tensor> = {};
  const seeds = new Map<Value, Value>();
  for (const [output, tensor] of Object.entries(which.cotangents)) {
    const value = results[outputName(op, output) ?? ""];
    const cotangent = tensors.get(tensor);
    if (!value || !cotangent)
      throw new CaseFailure(`there is no output "${output}" or no tensor "${tensor}" to differentiate`);
    feeds[cotangentInput(tensor)] = cotangent;
    seeds.set(value, graph.input(cotangentInput(tensor), cotangent));
  }
  const wanted = Object.entries(which.grads).map(([input, tensor]) => {
    const value = values[inputName(op, input) ?? ""];
    if (!value) throw new CaseFailure(`there is no input "${input}" to differentiate by`);
    return [tensor, value] as const;
  });
  const gradients = addGradients(
    graph,
    seeds,
    wanted.map(([, value]) => value),
  );
  for (const [tensor, value] of wanted) {
    const gradient = gradients.get(value);
    if (gradient) graph.output(gradientOutput(tensor), gradient);
  }
  return feeds;
}

async function runOp(op: AnyOp, which: GoldenCase, context: GoldenContext): Promise<readonly TensorOutcome[]> {
  const tensors = await tensorsOf(which, context);
  const inputs = nameInputs(op, which, (name) => {
    const tensor = tensors.get(name);
    if (!tensor) throw new CaseFailure(`the file has no tensor "${name}"`);
    const dtype = wantedDType(op, inputName(op, name) as string);
    return dtype ? as(dtype, tensor) : tensor;
  });
  const graph = new Graph(which.name);
  const values = Object.fromEntries(Object.entries(inputs).map(([name, tensor]) => [name, graph.input(name, tensor)]));
  const results = graph.add(op, values, attributesOf(op, which));
  for (const name of which.outputs) {
    const value = results[outputName(op, name) ?? ""];
    if (!value) throw new CaseFailure(`${op.name} has no output for "${name}"`);
    graph.output(`output ${name}`, value);
  }
  const cotangents = context.gradients ? differentiate(graph, op, which, values, results, tensors) : {};
  const program = await context.device.compile(graph);
  try {
    const got = await program.run({ ...inputs, ...cotangents });
    const outputs = which.outputs.map((name) => judge(which, name, got[`output ${name}`], tensors.get(name)));
    if (!context.gradients) return outputs;
    const gradients = Object.values(which.grads).map((tensor) =>
      op.gradient
        ? judge(which, tensor, got[gradientOutput(tensor)], tensors.get(tensor))
        : // Asked for, and nothing computes it: a failure, so that nobody takes silence for success.
          { tensor, passed: false, reason: `no gradient for op ${which.op}` },
    );
    return [...outputs, ...gradients];
  } finally {
    program.destroy();
  }
}

/** Values to try a call with that should be refused by its shapes: zeros, which are valid indices too. */
const stand = (type: TensorType): Tensor => Tensor.zeros(type);

/** Elements beyond which a stand-in for an input is not worth its memory. */
const LARGE = 1 << 24;

/** Tries a call that must be refused; gives the refusal's message, or undefined when everything was accepted. */
async function refusal(op: AnyOp, which: GoldenCase, context: GoldenContext): Promise<string | undefined> {
  const tensors = which.file === null ? new Map<string, Tensor>() : await tensorsOf(which, context);
  const types = nameInputs(op, which, (name): TensorType => {
    const tensor = tensors.get(name);
    const shape = tensor?.shape ?? which.shapes?.[name];
    if (!shape) throw new CaseFailure(`the case gives no shape for "${name}"`);
    const dtype = wantedDType(op, inputName(op, name) as string) ?? "f32";
    return tensor ? as(dtype, tensor) : { shape, dtype };
  });
  try {
    const problem = pose(op, types, attributesOf(op, which));
    if (Object.values(types).every(({ shape }) => sizeOf(shape) <= LARGE)) {
      const data = Object.entries(types).map(([name, type]) => [
        name,
        (type instanceof Tensor ? type : stand(type)).data,
      ]);
      op.check?.(Object.fromEntries(data) as Named<Tensor["data"]>, problem);
    }
    const graph = new Graph(which.name);
    const values = Object.fromEntries(Object.entries(types).map(([name, type]) => [name, graph.input(name, type)]));
    for (const [name, value] of Object.entries(graph.add(op, values, attributesOf(op, which))))
      graph.output(name, value);
    (await context.device.compile(graph)).destroy();
    return undefined;
  } catch (error) {
    if (error instanceof TandemError && !(error instanceof DeviceLostError)) return `${error.name}: ${error.message}`;
    throw error;
  }
}

const describe = (error: unknown): string =>
  error instanceof TandemError
    ? error.message
    : `crashed: ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`;

/** Runs one case. Only the loss of the device escapes: every other trouble is the case's outcome. */
export async function runCase(
  which: GoldenCase,
  context: GoldenContext,
  networks: Readonly<Record<string, NetworkRunner>>,
): Promise<Outcome> {
  const head = { name: which.name, op: which.op };
  const fail = (reason: string, tensors: readonly TensorOutcome[] = []): Outcome => ({
    ...head,
    status: "failed",
    tensors,
    reason,
  });
  try {
    const op = byGoldenName.get(which.op);
    const network = Object.hasOwn(networks, which.op) ? networks[which.op] : undefined;
    if (which.tags.includes("invalid")) {
      if (!op) return fail(`there is no op "${which.op}" to refuse it`);
      const reason = await refusal(op, which, context);
      if (reason === undefined) return fail("was accepted, but should be refused");
      return { ...head, status: "passed", tensors: [], reason: `refused: ${reason}` };
    }
    if (!op && !network) return fail(`there is no op "${which.op}"`);
    const tensors = network
      ? await network(which, await tensorsOf(which, context), context)
      : await runOp(op as AnyOp, which, context);
    if (tensors.length === 0) return fail("has nothing to compare");
    return { ...head, status: tensors.every(({ passed }) => passed) ? "passed" : "failed", tensors };
  } catch (error) {
    if (error instanceof DeviceLostError) throw error;
    return fail(describe(error));
  }
}
