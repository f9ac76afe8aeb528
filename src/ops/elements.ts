/** Kernels of ops that work out each element of their output by itself, from a shader with `PER` and `params.count`. */
import { grid1d } from "./kernels";
import type { Kernel, KernelPlan, Problem, Shader } from "./op";

const WORKGROUP = 64;

/** What such a shader is given beside the number of elements, `count`. */
export interface ElementPlan {
  readonly count: number;
  readonly constants?: Readonly<Record<string, number>>;
  readonly params?: Readonly<Record<string, number | readonly number[]>>;
  readonly bindings?: Readonly<Record<string, string>>;
}

/** One invocation four neighbouring elements, or one. */
export function elementKernels<A>(
  shader: Shader,
  planOf: (problem: Problem<A>) => ElementPlan,
  supports?: Kernel<A>["supports"],
): readonly [Kernel<A>, Kernel<A>] {
  const kernel = (name: string, PER: number): Kernel<A> => ({
    name,
    shaders: [shader],
    ...(supports ? { supports } : {}),
    plan: (problem): KernelPlan => {
      const { count, constants, params, bindings } = planOf(problem);
      return {
        dispatches: [
          {
            shader,
            constants: { ...constants, PER, WORKGROUP },
            params: { count, ...params },
            ...(bindings ? { bindings } : {}),
            workgroups: grid1d(count, PER * WORKGROUP),
          },
        ],
      };
    },
  });
  return [kernel("quads", 4), kernel("naive", 1)];
}
