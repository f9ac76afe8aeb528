/** Suites: lists of workloads to measure, in a JSON file or made by the command line. docs/benchmarking.md has the schema. */
import * as v from "valibot";
import { FormatError, TandemError, UnknownNameError } from "../core/errors";
import type { TensorType } from "../core/tensor";
import { models } from "../models";
import { ops } from "../ops";
import type { AnyOp, Case } from "../ops/op";
import { type Axes, type AxisGiven, axisValues, type Point, pointName, product } from "./axes";
import { problemAt } from "./families";
import { copy } from "./probes";
import { casesOf } from "./workloads";

const Axis = v.union([v.number(), v.array(v.number()), v.string()]);

/** One line of a suite: an op with axes, cases or inputs of its own, a named workload, or a model. */
export interface Entry {
  /** An op of the registry, or `copy`. */
  readonly op?: string | undefined;
  /** A layer of AlexNet, such as `alexnet.conv2`, or several with commas or `*`. */
  readonly workload?: string | undefined;
  readonly model?: string | undefined;
  /** Cases of the op whose name holds this. */
  readonly case?: string | undefined;
  readonly axes?: Readonly<Record<string, AxisGiven>> | undefined;
  /** Types of the op's inputs, such as `512x512`. */
  readonly inputs?: Readonly<Record<string, string>> | undefined;
  readonly attributes?: Readonly<Record<string, unknown>> | undefined;
  readonly dtype?: string | readonly string[] | undefined;
  /** A kernel's name, or `all`. */
  readonly kernel?: string | undefined;
}

const EntrySchema: v.GenericSchema<unknown, Entry> = v.strictObject({
  op: v.optional(v.string()),
  workload: v.optional(v.string()),
  model: v.optional(v.string()),
  case: v.optional(v.string()),
  axes: v.optional(v.record(v.string(), Axis)),
  inputs: v.optional(v.record(v.string(), v.string())),
  attributes: v.optional(v.record(v.string(), v.unknown())),
  dtype: v.optional(v.union([v.string(), v.array(v.string())])),
  kernel: v.optional(v.string()),
});

export interface Suite {
  readonly schema: "tandem-suite-1";
  readonly name: string;
  /** What entries take that say nothing else. */
  readonly kernel?: string | undefined;
  readonly cache?: "warm" | "cold" | undefined;
  readonly budgetSeconds?: number | undefined;
  readonly workloads: readonly Entry[];
}

const SuiteSchema: v.GenericSchema<unknown, Suite> = v.strictObject({
  schema: v.literal("tandem-suite-1"),
  name: v.string(),
  kernel: v.optional(v.string()),
  cache: v.optional(v.picklist(["warm", "cold"])),
  budgetSeconds: v.optional(v.pipe(v.number(), v.gtValue(0))),
  workloads: v.pipe(v.array(EntrySchema), v.minLength(1)),
});

/** What does not fit a schema, with its place in the file. */
export function complaint(issue: v.BaseIssue<unknown>): string {
  const path = v.getDotPath(issue);
  return `${path ? `${path}: ` : ""}${issue.message}`;
}

/** Reads a suite. @throws FormatError naming the place that is wrong. */
export function readSuite(text: string, file: string): Suite {
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch (error) {
    throw new FormatError(file, `is not JSON (${(error as Error).message})`);
  }
  const result = v.safeParse(SuiteSchema, given);
  if (!result.success) throw new FormatError(file, `is no suite: ${complaint(result.issues[0])}`);
  return result.output;
}

/** A problem to measure, named so that another run of the same suite finds it again. */
export interface Specimen {
  readonly op: AnyOp;
  readonly name: string;
  readonly point: Point;
  readonly dtype: string;
  readonly case: Case;
  /** A kernel's name, `all`, or undefined for the one that is chosen. */
  readonly kernel: string | undefined;
}

/** A model to measure. */
export interface ModelSpecimen {
  readonly model: string;
  readonly batch: number;
}

/** `1x3x224x224`, with `i32:` before it for integers. @throws TandemError. */
export function readType(text: string): TensorType {
  const [, dtype = "f32", shape = ""] = /^(?:(f32|i32):)?(\d+(?:x\d+)*)$/.exec(text) ?? [];
  if (!shape) throw new TandemError(`"${text}" should be a shape such as 1x3x224x224, or i32:10`);
  return { dtype: dtype as "f32" | "i32", shape: shape.split("x").map(Number) };
}

const DTYPES = ["f32", "i32"] as const;

function dtypesOf({ dtype }: Entry): readonly string[] {
  const names = dtype === undefined ? ["f32"] : [dtype].flat().flatMap((text) => text.split(","));
  const unknown = names.find((name) => !(DTYPES as readonly string[]).includes(name));
  if (unknown !== undefined) throw new UnknownNameError("dtype", unknown, DTYPES);
  return names;
}

/** The inputs of a case with every f32 tensor in another type, for the ops that take any. */
const inType = (made: Pick<Case, "inputs">, dtype: string): Case["inputs"] =>
  Object.fromEntries(
    Object.entries(made.inputs).map(([name, type]) => [name, { ...type, dtype: dtype as TensorType["dtype"] }]),
  );

export function opNamed(name: string): AnyOp {
  if (name === copy.name) return copy;
  if (Object.hasOwn(ops, name)) return ops[name as keyof typeof ops];
  throw new UnknownNameError("op", name, [...Object.keys(ops), copy.name]);
}

/** Ops whose cases are AlexNet's layers, forward. */
const LAYER_OPS = ["conv2d", "maxPool2d", "lrn", "linear"] as const;

/** `alexnet.fc6 batch 16` and `alexnet.fc6 batch 1` are one workload, whose batch is an axis. */
const layers = LAYER_OPS.flatMap((name) => {
  const op: AnyOp = ops[name];
  const plain = op.cases.filter((each) => /^alexnet\.\w+( batch 1)?$/.test(each.name));
  return plain.map((each) => ({ op, name: each.name.replace(" batch 1", ""), which: each }));
});

/** Names of the workloads that stand for layers of AlexNet. */
export const workloadNames: readonly string[] = layers.map(({ name }) => name);

function layersNamed(pattern: string): typeof layers {
  const wanted = pattern.split(",").flatMap((part) => {
    const expression = new RegExp(`^${part.trim().replaceAll(".", "\\.").replaceAll("*", ".*")}$`);
    const found = layers.filter(({ name }) => expression.test(name));
    if (found.length === 0) throw new UnknownNameError("workload", part, workloadNames);
    return found;
  });
  return [...new Set(wanted)];
}

const batched = (which: Case, batch: number): Case => ({
  ...which,
  inputs: Object.fromEntries(
    Object.entries(which.inputs).map(([name, type]) => [
      name,
      name === "input" ? { ...type, shape: [batch, ...type.shape.slice(1)] } : type,
    ]),
  ),
});

function onlyAxes(entry: Entry, what: string, allowed: readonly string[]): void {
  const other = Object.keys(entry.axes ?? {}).find((name) => !allowed.includes(name));
  if (other !== undefined) throw new UnknownNameError(`axis of ${what}`, other, allowed);
}

const axesOf = (entry: Entry): Axes =>
  Object.fromEntries(Object.entries(entry.axes ?? {}).map(([name, given]) => [name, axisValues(name, given)]));

function layerSpecimens(entry: Entry, pattern: string): Specimen[] {
  onlyAxes(entry, "a layer of AlexNet", ["batch"]);
  const points = product({ batch: axesOf(entry).batch ?? [1] });
  return layersNamed(pattern).flatMap(({ op, name, which }) =>
    points.map((point) => ({
      op,
      name: `${name} ${pointName(point)}`,
      point,
      dtype: "f32",
      case: batched(withAttributes(which, entry), point.batch as number),
      kernel: entry.kernel,
    })),
  );
}

const withAttributes = (which: Case, { attributes }: Entry): Case =>
  attributes ? { ...which, attributes: { ...which.attributes, ...attributes } } : which;

function opSpecimens(entry: Entry, name: string): Specimen[] {
  const op = opNamed(name);
  if (op.view) throw new TandemError(`${op.name} is a view: no kernel runs, so there is nothing to measure`);
  const fixed = (which: Case): Specimen => ({
    op,
    name: `${op.name}: ${which.name}`,
    point: {},
    dtype: "f32",
    case: which,
    kernel: entry.kernel,
  });
  if (entry.inputs) {
    const inputs = Object.fromEntries(Object.entries(entry.inputs).map(([key, text]) => [key, readType(text)]));
    const shapes = Object.entries(entry.inputs).map(([key, text]) => `${key}=${text}`);
    return [fixed(withAttributes({ name: shapes.join(" "), inputs, size: "large" }, entry))];
  }
  if (!entry.axes && entry.dtype === undefined && (entry.case !== undefined || op.cases.length > 0)) {
    return casesOf(op, entry.case).map((which) => fixed(withAttributes(which, entry)));
  }
  return dtypesOf(entry).flatMap((dtype) =>
    product(axesOf(entry)).map((point) => {
      const made = problemAt(op, point);
      const label = [op.name, pointName(point), dtype === "f32" ? "" : dtype].filter(Boolean).join(" ");
      return {
        op,
        name: label,
        point,
        dtype,
        case: withAttributes({ ...made, inputs: inType(made, dtype), name: label, size: "large" }, entry),
        kernel: entry.kernel,
      };
    }),
  );
}

/** A specimen's name with the attributes that were asked for, so that two runs with other ones are never taken for one. */
function named(specimen: Specimen, { attributes = {} }: Entry): Specimen {
  const given = Object.entries(attributes).map(
    ([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`,
  );
  return { ...specimen, name: [specimen.name, ...given].join(" ") };
}

/** @throws UnknownNameError for a kernel that none of the ops has. */
function checkKernel(specimens: readonly Specimen[], kernel: string | undefined): void {
  if (kernel === undefined || kernel === "all") return;
  const names = new Set(specimens.flatMap(({ op }) => op.kernels.map(({ name }) => name)));
  const op = [...new Set(specimens.map((each) => each.op.name))].join(", ");
  if (!names.has(kernel)) throw new UnknownNameError(`kernel of ${op}`, kernel, [...names]);
}

/** What an entry asks for: problems of ops, or models. @throws TandemError, UnknownNameError saying what cannot be meant. */
export function expand(entry: Entry): { readonly specimens: Specimen[]; readonly models: ModelSpecimen[] } {
  const { op, workload, model, kernel } = entry;
  if ([op, workload, model].filter((each) => each !== undefined).length === 0) {
    throw new TandemError(`an entry names an op, a workload or a model, but this one is ${JSON.stringify(entry)}`);
  }
  if (model !== undefined) {
    if (!Object.hasOwn(models, model)) throw new UnknownNameError("model", model, Object.keys(models));
    onlyAxes(entry, "a model", ["batch"]);
    return { specimens: [], models: (axesOf(entry).batch ?? [1]).map((batch) => ({ model, batch })) };
  }
  if (workload === undefined) {
    const own = opSpecimens(entry, op as string).map((each) => named(each, entry));
    checkKernel(own, kernel);
    return { specimens: own, models: [] };
  }
  const specimens = layerSpecimens(entry, workload).map((each) => named(each, entry));
  checkKernel(specimens, kernel);
  const others = op === undefined ? [] : specimens.filter((each) => each.op.name !== op);
  if (others.length > 0)
    throw new TandemError(`${others[0]?.name} is a workload of ${others[0]?.op.name}, not of ${op}`);
  return { specimens, models: [] };
}
