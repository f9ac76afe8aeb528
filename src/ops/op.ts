/**
 * What an op is, and how a kernel of it runs. No GPU type appears in this room.
 *
 * An op family is `src/ops/<family>.ts` + `shaders/<family>/` + its rows in `index.ts`. Each file has the same sections
 * in the same order: attributes, infer, cost, reference, kernels, cases.
 */
import type { DeviceFacts } from "../core/device";
import type { TensorData } from "../core/dtype";
import type { TensorType } from "../core/tensor";
import type { Cut } from "./part";

/** An input as the op declares it. */
export interface InputSpec {
  /** Name of the argument, and of the WGSL binding that reads it. */
  readonly name: string;
  /** Element type wanted; `f32` unless told; `any` for ops that only move data. */
  readonly dtype?: "f32" | "i32" | "any";
  /** May be left out. */
  readonly optional?: true;
  /** Stands for any number (at least one) of inputs, named `<name>0`, `<name>1`, … */
  readonly variadic?: true;
}

/** Types or values by input or output name. An optional input left out has no key. */
export type Named<T> = Readonly<Record<string, T>>;

/** A fully checked use of an op: every type known, every attribute filled. */
export interface Problem<A> {
  readonly inputs: Named<TensorType>;
  readonly outputs: Named<TensorType>;
  readonly attributes: A;
}

/** Work that a problem needs at least: arithmetic operations (a multiply-add is two) and bytes moved to and from memory. */
export interface Cost {
  readonly flops: number;
  readonly bytes: number;
}

/** Allowed error: `|got - reference| <= atol + rtol * |reference|`. NaN must meet NaN, an infinity its equal. */
export interface Tolerance {
  readonly rtol: number;
  readonly atol: number;
}

/** A WGSL file: the one declaration of its bindings, its `Params` struct and its tunables. */
export interface Shader {
  /** Path below `shaders/`, for messages: `"conv2d/direct.wgsl"`. */
  readonly file: string;
  readonly code: string;
  /** Texts from `shaders/lib/` joined to it. */
  readonly lib: readonly string[];
}

/** Names the WGSL text `code` of `file`, with the library texts it uses. */
export const shader = (file: string, code: string, lib: readonly string[] = []): Shader => ({ file, code, lib });

/** Part of a tensor, for a binding that must not, or cannot, cover the whole. Offsets are multiples of 256 bytes. */
export interface Range {
  readonly tensor: string;
  readonly byteOffset: number;
  readonly byteLength: number;
}

export type Workgroups = readonly [x: number, y: number, z: number];

/** One dispatch of a kernel. */
export interface Dispatch {
  readonly shader: Shader;
  /** Values for the shader's `override` declarations and head `const`s, by name. */
  readonly constants?: Readonly<Record<string, number>>;
  /** Values for the fields of the shader's `params` uniform, by name; vectors and arrays as flat lists. */
  readonly params?: Readonly<Record<string, number | readonly number[]>>;
  /**
   * What each storage binding of the shader holds: the name of an input, an output or a scratch tensor, or a range of
   * one. A binding not listed holds the tensor of its own name.
   */
  readonly bindings?: Readonly<Record<string, string | Range>>;
  readonly workgroups: Workgroups;
  /**
   * The dispatch depends on nothing but inputs that may be parameters (weights) and on other such dispatches: when those
   * inputs are parameters it runs once, when weights are set, and not in every run.
   */
  readonly prepare?: true;
}

/** What running a kernel on a problem takes: scratch tensors and dispatches in order. */
export interface KernelPlan {
  /** Scratch tensors by name. A scratch tensor that a `prepare` dispatch writes is kept between runs. */
  readonly scratch?: Named<TensorType>;
  readonly dispatches: readonly Dispatch[];
}

/** Values of a kernel's tunables. */
export type Tuned = Readonly<Record<string, number>>;

/** One way of computing an op on a GPU. */
export interface Kernel<A> {
  /** Unique in its op: `"tiled"`. */
  readonly name: string;
  /** Every shader its plans use. */
  readonly shaders: readonly Shader[];
  /** Allowed values of each tunable; the first is the default. */
  readonly tunables?: Readonly<Record<string, readonly number[]>>;
  /** True, or why not. A kernel without it supports every valid problem on every device. */
  supports?(problem: Problem<A>, device: DeviceFacts): true | string;
  /** The higher of two supported kernels is taken, the earlier of equals. 0 unless told; below 0, the naive one is better. A guess. */
  preference?(problem: Problem<A>, device: DeviceFacts): number;
  /** Better defaults than the first value, where the device or the problem asks for them. */
  defaults?(problem: Problem<A>, device: DeviceFacts): Tuned;
  plan(problem: Problem<A>, tuned: Tuned, device: DeviceFacts): KernelPlan;
}

/** Draws choices for a random problem; backed by a property-testing library in tests, so that failures shrink. */
export interface Draw {
  /** A whole number in `[min, max]`. */
  int(min: number, max: number): number;
  pick<T>(choices: readonly T[]): T;
  bool(): boolean;
}

/** How a case's input values are made. `uniform` in [-1, 1) unless told. */
export type Recipe =
  | { readonly kind: "uniform"; readonly scale?: number }
  /** Whole numbers in `[min, max]`: indices, labels, masks (0 or 1), ties. */
  | { readonly kind: "integers"; readonly min: number; readonly max: number }
  /** Uniform in `[min, max)`, for logarithms, roots and variances. */
  | { readonly kind: "range"; readonly min: number; readonly max: number }
  /** These values, repeated to fill the tensor (NaN and infinities too). */
  | { readonly kind: "values"; readonly values: readonly number[] };

/** A named problem with recipes for its inputs: tested, benchmarked and listed from this one place. */
export interface Case {
  readonly name: string;
  readonly inputs: Named<TensorType>;
  /** As the user would give them; defaults are filled. */
  readonly attributes?: Readonly<Record<string, unknown>>;
  readonly recipes?: Named<Recipe>;
  /** `large` cases are benchmarked but kept out of the reference tests, which run plain loops. */
  readonly size?: "small" | "large";
}

/** Where the op stands in the golden format, and how its cases read there. */
export interface Golden<A> {
  readonly op: string;
  /** Golden tensor names in the order of our inputs; a variadic input is named by its prefix. */
  readonly inputs: readonly string[];
  /** Golden output names in the order of our outputs. */
  readonly outputs: readonly string[];
  /** Golden attributes to ours; the same unless told. */
  attributes?(given: Readonly<Record<string, unknown>>): Readonly<Partial<Record<keyof A, unknown>>>;
}

/** Applies another op while a gradient is written down. `V` stands for a value of whatever graph it is written into. */
export type Emit<V> = (op: string, inputs: Named<V>, attributes?: Readonly<Record<string, unknown>>) => Named<V>;

/** A node seen by its op's gradient rule. */
export interface GradientSite<V, A> {
  readonly inputs: Named<V>;
  readonly outputs: Named<V>;
  readonly problem: Problem<A>;
  /** What flows back into each output, by name; an output that nothing differentiable reads has none. */
  readonly cotangents: Named<V>;
  /** True for the inputs whose gradient is needed; others may be left out. */
  wants(input: string): boolean;
}

/** An op: its contract (attributes, shapes, cost, reference) and the kernels that run it. */
export interface Op<A> {
  /** Key in the registry: `"maxPool2d"`. */
  readonly name: string;
  /** Its file in `src/ops/` and its folder in `shaders/`. */
  readonly family: string;
  /** One line for people: what it computes. */
  readonly summary: string;
  readonly inputs: readonly InputSpec[];
  readonly outputs: readonly string[];
  /** Fills defaults and checks. @throws AttributeError naming the attribute, the value that came and what is allowed. */
  attributes(given: Readonly<Record<string, unknown>>): A;
  /** Output types in the order of `outputs`. @throws ShapeError. */
  infer(inputs: Named<TensorType>, attributes: A): readonly TensorType[];
  cost(problem: Problem<A>): Cost;
  /** The op in float64, as its formula reads. Integers come and go as whole numbers. */
  reference(inputs: Named<Float64Array>, problem: Problem<A>): Named<Float64Array>;
  /**
   * The gradient of `sum(outputs · cotangents)` for each wanted input, by input name, as other ops of the registry.
   * Absent: the op cannot be differentiated.
   */
  gradient?<V>(emit: Emit<V>, site: GradientSite<V, A>): Named<V>;
  /** Inputs and outputs that no gradient flows through: running statistics, masks. */
  readonly detached?: readonly string[];
  /** The ways in which its work can be cut between devices; absent: it is never cut. */
  cuts?(problem: Problem<A>): readonly Cut[];
  /** Of inputs that are sums it gives the addends of its output: a linear function of all its float inputs together. */
  readonly additive?: true;
  /** Allowed error of a float32 kernel for inputs of the size its cases have; from the accumulation length. */
  tolerance(problem: Problem<A>): Tolerance;
  /** Checks on values where they are known before a run, such as indices. @throws ValueError. */
  check?(values: Named<TensorData>, problem: Problem<A>): void;
  /**
   * Outputs that the kernels change in place, each with the input it begins as: the kernels find the input's values where
   * the output is, and do not bind the input.
   */
  readonly overwrites?: Readonly<Record<string, string>>;
  /** The output is the input's memory seen otherwise; no kernel runs. */
  readonly view?: true;
  /** The output is the input carried to another device, or out of this one, or into it; no kernel runs. */
  readonly crossing?: "over" | "out" | "in";
  /** Takes an `activation` attribute of type `Activation`, applied to every element of its first output. */
  readonly fusesActivation?: true;
  /** As an activation another op's kernel can apply to its output, if it is one. */
  asActivation?(attributes: A): Activation | undefined;
  /** As a function of two numbers that can be fused into a chain: a row of `BINARY` in `elementwise/binaryRows.ts`. */
  readonly asBinary?: string;
  readonly golden?: Golden<A>;
  /** In order of liking; the last is the simplest and supports every valid problem. Empty for a view. */
  readonly kernels: readonly Kernel<A>[];
  readonly cases: readonly Case[];
  /** A random valid small problem, odd sizes included. */
  random(draw: Draw): Omit<Case, "name">;
}

/** An op whatever its attributes: what the registry and all generic code hold. */
// biome-ignore lint/suspicious/noExplicitAny: attributes are opaque to generic code, which only passes them back to their op.
export type AnyOp = Op<any>;

/** A function of one number fused into the kernel that produces it: a row of the unary table, with its parameters. */
export interface Activation {
  /** Row of `FUSABLE` in `activation.ts`. */
  readonly name: string;
  /** Slope or scale, where the row takes one. */
  readonly alpha?: number;
  /** A second parameter, where the row takes one. */
  readonly beta?: number;
}

/** Declares an op; only there so that its attributes' type is inferred. */
export const defineOp = <A>(op: Op<A>): Op<A> => op;
