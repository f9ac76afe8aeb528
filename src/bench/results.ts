/** What a benchmark leaves behind: rows of times with all that qualifies them. This is the schema of the JSON files. */
import * as v from "valibot";
import { FormatError } from "../core/errors";
import type { Point } from "./axes";
import type { Ceilings } from "./ceilings";
import type { AdapterFacts, Place } from "./facts";
import type { Stopped } from "./sampling";
import type { Summary } from "./statistics";
import { complaint } from "./suite";

/** Changes whenever a field changes its meaning or goes. */
export const RESULTS_SCHEMA = "tandem-bench-2";

/** Caches as the last run left them, or filled with something else before every sample. */
export type Cache = "warm" | "cold";

/** What a result was compared with before it was timed. */
export interface Check {
  readonly against: "float64 reference" | "naive kernel" | "naive kernels" | "nothing";
  readonly passed: boolean;
  /** Largest error as a share of what is allowed; large when infinite, so that JSON can carry it. */
  readonly ratio: number;
}

/** One dispatch of a kernel, timed by itself. */
export interface DispatchTime {
  readonly shader: string;
  readonly workgroups: readonly number[];
  /** Median; null where the device has no timestamps. */
  readonly ns: number | null;
}

/** One kernel on one problem. A row is told from the others by its workload, its kernel and its cache. */
export interface Row {
  /** `matmul m=512 n=512 k=512`, `alexnet.conv2 batch=8`, `alexnet batch=1`. */
  readonly workload: string;
  readonly op: string;
  readonly kernel: string;
  readonly axes: Point;
  readonly dtype: string;
  /** Types of the inputs, for people. */
  readonly inputs: string;
  readonly cache: Cache;
  /** SHA-256, cut to 16 digits, over the kernel's texts and constants. */
  readonly kernelHash: string;
  readonly dispatches: readonly DispatchTime[];
  readonly flops: number;
  readonly bytes: number;
  readonly check: Check;
  /** Planning, WGSL to pipelines, memory: once, before anything runs. A pipeline that is there already costs nothing. */
  readonly compileMs: number;
  /** Wall time of the first run, upload and readback included. */
  readonly firstMs: number;
  /** Readings thrown away before the times were steady, and whether they were by then. */
  readonly warmups: number;
  readonly steady: boolean;
  readonly stopped: Stopped;
  /** `timestamp-query`: the GPU's clock. `queue`: until the queue was empty. `wall`: what a caller sees of a whole run. */
  readonly method: "timestamp-query" | "queue" | "wall";
  /** Dispatches timed as one in each sample; `samples` are of one. */
  readonly repeat: number;
  /** Step of the clock in ns. */
  readonly quantumNs: number;
  /** Nanoseconds, in the order they were taken. */
  readonly samples: readonly number[];
  readonly ns: Summary;
  /** Positions in `samples` of those that stand apart; they are in every figure all the same. */
  readonly outliers: readonly number[];
  readonly gflops: number;
  readonly gbps: number;
  /** Share of the ceiling that is nearer, and which that is. */
  readonly share: number;
  readonly bound: "arithmetic" | "memory";
}

/** Something that has no number, and why: a wrong result, or a kernel that cannot run it. */
export interface Failure {
  readonly workload: string;
  readonly kernel: string;
  readonly reason: string;
  /** The result was wrong, or the kernel broke; false for a kernel that does not support the problem. */
  readonly wrong: boolean;
}

export interface Results {
  readonly schema: typeof RESULTS_SCHEMA;
  readonly date: string;
  /** Version of Tandem, and the commit of the checkout that ran, with `+` where it was changed; null outside of one. */
  readonly tandem: { readonly version: string; readonly commit: string | null };
  readonly host: Place;
  readonly adapter: AdapterFacts;
  readonly settings: {
    readonly cache: Cache;
    readonly budgetMs: number;
    /** Half the interval of the median, as a share, at which a measurement ends. */
    readonly precision: number;
    readonly maximum: number;
  };
  readonly ceilings: Ceilings;
  readonly rows: readonly Row[];
  readonly failures: readonly Failure[];
  /** Of models: start, layers, memory, each in a schema of its own. */
  readonly models?: readonly object[];
}

const SummarySchema = v.looseObject({
  count: v.number(),
  median: v.number(),
  mad: v.number(),
  low: v.number(),
  high: v.number(),
  min: v.number(),
  max: v.number(),
});

const RowSchema = v.looseObject({
  workload: v.string(),
  op: v.string(),
  kernel: v.string(),
  cache: v.picklist(["warm", "cold"]),
  kernelHash: v.string(),
  flops: v.number(),
  bytes: v.number(),
  repeat: v.number(),
  quantumNs: v.number(),
  samples: v.pipe(v.array(v.pipe(v.number(), v.finite(), v.minValue(0))), v.minLength(1)),
  outliers: v.array(v.number()),
  ns: SummarySchema,
  check: v.looseObject({ against: v.string(), passed: v.boolean(), ratio: v.number() }),
});

const ResultsSchema = v.looseObject({
  schema: v.literal(RESULTS_SCHEMA),
  date: v.string(),
  tandem: v.looseObject({ version: v.string(), commit: v.nullable(v.string()) }),
  host: v.looseObject({ name: v.string(), version: v.string(), flags: v.array(v.string()) }),
  adapter: v.looseObject({
    vendor: v.string(),
    architecture: v.string(),
    description: v.string(),
    software: v.boolean(),
    driver: v.optional(v.string()),
  }),
  ceilings: v.looseObject({ gflops: v.number(), gbps: v.number() }),
  rows: v.array(RowSchema),
  failures: v.array(
    v.looseObject({ workload: v.string(), kernel: v.string(), reason: v.string(), wrong: v.boolean() }),
  ),
});

/** Reads a file of results. @throws FormatError naming the place that is wrong. */
export function readResults(text: string, file: string): Results {
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch (error) {
    throw new FormatError(file, `is not JSON (${(error as Error).message})`);
  }
  const schema = (given as { schema?: unknown } | null)?.schema;
  if (schema !== RESULTS_SCHEMA) {
    throw new FormatError(file, `has the schema ${JSON.stringify(schema ?? null)}, not "${RESULTS_SCHEMA}"`);
  }
  const result = v.safeParse(ResultsSchema, given);
  if (!result.success) throw new FormatError(file, `is no report of tandem bench: ${complaint(result.issues[0])}`);
  return given as Results;
}
