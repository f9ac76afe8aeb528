/** What the command line asks to measure, as the entries of a suite. */
import { readFile } from "node:fs/promises";
import { axisValues } from "../../../bench/axes";
import { axisNames } from "../../../bench/families";
import { DEFAULT_SETTINGS, type MeasureSettings } from "../../../bench/measure";
import { type Entry, expand, type ModelSpecimen, opNamed, readSuite, type Suite } from "../../../bench/suite";
import { FormatError, UnknownNameError } from "../../../core/errors";
import { models } from "../../../models";
import { ops } from "../../../ops";
import { UsageError } from "../../exit";
import { looksLikeFile } from "../../tasks/openModel";
import type { Options } from "./options";

export interface Request {
  /** Those of ops; models are apart. */
  readonly entries: readonly Entry[];
  readonly models: readonly ModelSpecimen[];
  readonly settings: MeasureSettings;
  /** Wall time for a model's runs. */
  readonly modelBudgetMs: number;
}

/** A text file that the command line named. @throws FormatError when it cannot be read. */
export async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw new FormatError(
      path,
      `cannot be read (${(error as NodeJS.ErrnoException).code ?? (error as Error).message})`,
    );
  }
}

function axesGiven(options: Options): Record<string, string> | undefined {
  const given = Object.entries(options).filter(([name]) => axisNames.includes(name)) as [string, string][];
  return given.length > 0 ? Object.fromEntries(given) : undefined;
}

function entryOf(what: string | undefined, options: Options): Entry {
  const axes = axesGiven(options);
  const common = { ...(axes ? { axes } : {}), ...(options.kernel === undefined ? {} : { kernel: options.kernel }) };
  const op = options.as ?? what;
  if (options.workload !== undefined) {
    return {
      workload: options.workload,
      ...(op === undefined ? {} : { op: opNamed(op).name }),
      ...common,
      ...(options.set ? { attributes: options.set } : {}),
    };
  }
  const name = op ?? "alexnet";
  if (Object.hasOwn(models, name) || (options.as === undefined && looksLikeFile(name)))
    return { model: name, ...common };
  if (options.as === undefined && !Object.hasOwn(ops, name) && name !== "copy") {
    throw new UnknownNameError("model or op", name, [...Object.keys(models), ...Object.keys(ops), "copy"]);
  }
  return {
    op: name,
    ...common,
    ...(options.case === undefined ? {} : { case: options.case }),
    ...(options.dtype === undefined ? {} : { dtype: options.dtype }),
    ...(options.input ? { inputs: options.input } : {}),
    ...(options.set ? { attributes: options.set } : {}),
  };
}

/** A model that is a file: what its name means is the host's business, not the suite's. */
function fileModels({ model, axes = {} }: Entry): Pick<ReturnType<typeof expand>, "specimens" | "models"> | undefined {
  if (model === undefined || !looksLikeFile(model)) return undefined;
  const other = Object.keys(axes).find((name) => name !== "batch");
  if (other !== undefined) throw new UnknownNameError("axis of a model", other, ["batch"]);
  return { specimens: [], models: axisValues("batch", axes.batch ?? 1).map((batch) => ({ model, batch })) };
}

async function suiteOf(options: Options): Promise<Suite | undefined> {
  return options.suite === undefined ? undefined : readSuite(await textOf(options.suite), options.suite);
}

/** @throws UsageError, UnknownNameError, TandemError, FormatError for what cannot be meant, before any host is opened. */
export async function requestOf(what: string | undefined, options: Options): Promise<Request> {
  const suite = await suiteOf(options);
  if (suite && (what !== undefined || options.workload !== undefined)) {
    throw new UsageError("--suite says what to measure; name no op, model or workload beside it");
  }
  const kernel = options.kernel ?? suite?.kernel;
  const given = suite
    ? suite.workloads.map((entry) => (kernel === undefined ? entry : { kernel, ...entry }))
    : [entryOf(what, options)];
  const expanded = given.map((entry) => ({ entry, ...(fileModels(entry) ?? expand(entry)) }));
  const budget = options.budget ?? suite?.budgetSeconds;
  const maximum = options.runs ?? DEFAULT_SETTINGS.maximum;
  return {
    entries: expanded.filter(({ specimens }) => specimens.length > 0).map(({ entry }) => entry),
    models: expanded.flatMap((each) => each.models),
    settings: {
      cache: options.cache ?? suite?.cache ?? "warm",
      budgetMs: budget === undefined ? DEFAULT_SETTINGS.budgetMs : budget * 1000,
      // The interval is twice as wide as it reaches to each side.
      precision: options.precision === undefined ? DEFAULT_SETTINGS.precision : options.precision / 2,
      minimum: Math.min(maximum, DEFAULT_SETTINGS.minimum),
      maximum,
    },
    modelBudgetMs: (budget ?? 5) * 1000,
  };
}
