/**
 * A WGSL file of the user's as one more kernel of an op. The text is all that is needed: storage bindings have the names
 * of the op's inputs and outputs, the fields of the uniform those of its dimensions, and how many workgroups run stands in
 * a comment. docs/benchmarking.md has the rules.
 */
import type { DeviceFacts } from "../core/device";
import { BindingError, ShaderError, TandemError } from "../core/errors";
import { sizeOf } from "../core/shape";
import { pose } from "../graph/graph";
import { singleOpGraph } from "../graph/single";
import { grid1d } from "../ops/kernels";
import {
  type AnyOp,
  type Case,
  type Kernel,
  type Problem,
  type Range,
  type Shader,
  shader,
  type Workgroups,
} from "../ops/op";
import { schedule } from "../scheduler/schedule";
import { type LinkedShader, link } from "../wgsl/link";
import { type Binding, type Reflection, reflect } from "../wgsl/reflect";
import { type Dimensions, dimensionsOf, simplestPlan } from "./dimensions";
import { evaluateList } from "./expression";

/** A kernel's text as it crosses from the command line to where the GPU is. */
export interface OwnText {
  readonly file: string;
  readonly code: string;
  /** Values for its `override` and `const` declarations, by name. */
  readonly constants?: Readonly<Record<string, number>>;
}

const declared = (code: string): Set<string> =>
  new Set(
    Array.from(
      code.matchAll(/^\s*(?:@id\(\d+\)\s*)?(?:fn|const|override|struct|alias)\s+(\w+)/gm),
      ([, name = ""]) => name,
    ),
  );

/** Library texts that the op's kernels use and `code` calls, with what those call in turn. */
function libraryFor(op: AnyOp, code: string): string[] {
  const known = new Set(op.kernels.flatMap((kernel) => kernel.shaders.flatMap(({ lib }) => lib)));
  const joined: string[] = [];
  for (let text = code, grew = true; grew; ) {
    grew = false;
    const own = declared(text);
    for (const lib of known) {
      const wanted = [...declared(lib)].some((name) => !own.has(name) && new RegExp(`\\b${name}\\b`).test(text));
      if (joined.includes(lib) || !wanted) continue;
      joined.push(lib);
      text += `\n${lib}`;
      grew = true;
    }
  }
  return joined;
}

/** Numbers that the text declares at module scope: `const TILE_M: u32 = 64u;`, `override WORKGROUP = 64;`. */
function constantsIn({ code, overrides }: LinkedShader): Record<string, number> {
  const found = Array.from(
    code.matchAll(/^\s*(?:@id\(\d+\)\s*)?(?:const|override)\s+(\w+)\s*(?::\s*\w+\s*)?=\s*(-?[\d.]+)[uif]?\s*;/gm),
    ([, name = "", value = ""]): [string, number] => [name, Number(value)],
  );
  return { ...Object.fromEntries(found), ...overrides };
}

const numbersOf = (dimensions: Dimensions): Record<string, number> =>
  Object.fromEntries(
    Object.entries(dimensions).filter((entry): entry is [string, number] => typeof entry[1] === "number"),
  );

const RULE = /^\s*\/\/\s*workgroups:\s*(.+?)\s*$/m;
const SIZE = /@workgroup_size\s*\(([^)]*(?:\([^)]*\)[^)]*)*)\)/;

/** Workgroups by the text's own rule, or one invocation for each element of the first output. */
function workgroupsOf(linked: LinkedShader, dimensions: Dimensions, elements: number): Workgroups {
  const { file, code } = linked;
  const [, size] = SIZE.exec(code) ?? [];
  if (size === undefined) throw new ShaderError(file, 'has no entry point with "@workgroup_size"');
  const constants = constantsIn(linked);
  const [x = 1, y = 1, z = 1] = evaluateList(size.replace(/,\s*$/, ""), constants, file);
  const [, rule] = RULE.exec(code) ?? [];
  if (rule === undefined) return grid1d(elements, x * y * z);
  const names = { ...numbersOf(dimensions), ...constants, WORKGROUP_X: x, WORKGROUP_Y: y, WORKGROUP_Z: z };
  const counts = evaluateList(rule, names, file);
  if (counts.length < 1 || counts.length > 3 || counts.some((count) => !Number.isInteger(count) || count < 1)) {
    throw new ShaderError(
      file,
      `"workgroups: ${rule}" gives ${counts.join(", ")}, not one to three whole numbers of 1 or more`,
    );
  }
  const [a = 1, b = 1, c = 1] = counts;
  return [a, b, c];
}

function paramsOf(
  file: string,
  { params }: Reflection,
  dimensions: Dimensions,
): Record<string, number | readonly number[]> {
  const names = params ? [...params.fields.keys()] : [];
  return Object.fromEntries(
    names.map((name) => {
      const value = Object.hasOwn(dimensions, name) ? dimensions[name] : undefined;
      if (value === undefined) {
        throw new BindingError(
          file,
          `the uniform's field "${name}" is no dimension of this op; there are ${Object.keys(dimensions).join(", ")}`,
        );
      }
      return [name, value];
    }),
  );
}

/** A name for reports: the file's, with the constants it was given. */
function nameOf({ file, constants = {} }: OwnText): string {
  const base = file.replace(/^.*[\\/]/, "").replace(/\.wgsl$/, "");
  return [base, ...Object.entries(constants).map(([name, value]) => `${name}=${value}`)].join(" ");
}

interface Joined {
  readonly linked: LinkedShader;
  readonly source: Shader;
  readonly constants: Readonly<Record<string, number>>;
}

/** The user's text with what it takes from the library; constants that the op's simplest kernel sets are set in it, too. */
function join(op: AnyOp, own: OwnText, problem: Problem<unknown>, device: DeviceFacts): Joined {
  const source = shader(own.file, own.code, libraryFor(op, own.code));
  const names = declared([own.code, ...source.lib].join("\n"));
  const [first] = simplestPlan(op, problem, device).dispatches;
  const set = Object.entries(first?.constants ?? {}).filter(([name]) => name !== "WORKGROUP" && names.has(name));
  const constants = { ...Object.fromEntries(set), ...own.constants };
  return { source, constants, linked: link(source, constants) };
}

/** The text as it would be compiled for a problem of `op`: what to ask a compiler about. @throws ShaderError. */
export const ownCode = (op: AnyOp, own: OwnText, which: Case, device: DeviceFacts): string =>
  join(op, own, pose(op, which.inputs, which.attributes), device).linked.code;

/** `own` as a kernel of `op`. */
export function ownKernel(op: AnyOp, own: OwnText): Kernel<unknown> {
  if (op.kernels.some(({ name }) => name === nameOf(own))) {
    throw new TandemError(`${op.name} has a kernel named "${nameOf(own)}" already; give the file another name`);
  }
  return {
    name: nameOf(own),
    shaders: [shader(own.file, own.code)],
    // Chosen only when asked for by name.
    preference: () => Number.NEGATIVE_INFINITY,
    plan(problem, _, device) {
      const { source, constants, linked } = join(op, own, problem, device);
      const reflection = reflect(own.file, linked.code);
      const simplest = simplestPlan(op, problem, device);
      const tensors = { ...problem.inputs, ...problem.outputs };
      const [output] = Object.values(problem.outputs);
      const dimensions = dimensionsOf(op, problem, device);
      const storage = reflection.bindings.filter(({ kind }) => kind !== "uniform");
      const stand = (binding: Binding): string | Range | undefined => simplest.dispatches[0]?.bindings?.[binding.name];
      const bindings = storage.filter((each) => !Object.hasOwn(tensors, each.name) && stand(each) !== undefined);
      const scratch = Object.entries(simplest.scratch ?? {}).filter(([name]) =>
        storage.some((each) => each.name === name),
      );
      return {
        scratch: Object.fromEntries(scratch),
        dispatches: [
          {
            shader: source,
            constants,
            bindings: Object.fromEntries(bindings.map((each) => [each.name, stand(each) as string | Range])),
            params: paramsOf(own.file, reflection, dimensions),
            workgroups: workgroupsOf(linked, dimensions, sizeOf(output?.shape ?? [])),
          },
        ],
      };
    },
  };
}

/** Plans `own` for a case of `op`. @throws BindingError, ShaderError, LimitError for what does not fit. */
export function planOwn(op: AnyOp, own: OwnText, which: Case, device: DeviceFacts): void {
  const kernel = ownKernel(op, own);
  const graph = singleOpGraph({ ...op, kernels: [kernel] }, which.inputs, which.attributes);
  schedule(graph, device, { kernels: { [op.name]: kernel.name } });
}
