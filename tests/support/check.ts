/** Runs one problem on one kernel and compares it with the op's float64 reference. */
import { compare, formatMismatch } from "../../src/core/compare";
import { formatShape } from "../../src/core/shape";
import { formatType, type Tensor } from "../../src/core/tensor";
import type { Device } from "../../src/engine/device";
import { singleOpGraph } from "../../src/graph/single";
import { makeInputs } from "../../src/ops/inputs";
import type { AnyOp, Case, Kernel, Named, Problem } from "../../src/ops/op";

export type AnyCase = Omit<Case, "name">;

/** What the op's reference says of these inputs. */
export function referenceOf(op: AnyOp, problem: Problem<unknown>, inputs: Named<Tensor>): Named<Float64Array> {
  const wide = Object.fromEntries(
    Object.entries(inputs).map(([name, tensor]) => [name, Float64Array.from(tensor.data)]),
  );
  return op.reference(wide, problem);
}

/** Kernels of `op` that support the problem on this device. */
export const supported = (op: AnyOp, problem: Problem<unknown>, device: Device): readonly Kernel<unknown>[] =>
  op.kernels.filter((kernel: Kernel<unknown>) => (kernel.supports?.(problem, device.facts) ?? true) === true);

export const describeCase = (one: AnyCase): string => {
  const inputs = Object.entries(one.inputs).map(([name, type]) => `${name} ${formatType(type)}`);
  return `${inputs.join(", ")} ${JSON.stringify(one.attributes ?? {})}`;
};

/**
 * Runs `one` on every kernel that supports it, as inputs and, where a kernel prepares its weights, as parameters too.
 * @throws Error naming kernel, output and the worst element.
 */
export async function checkCase(device: Device, op: AnyOp, one: AnyCase): Promise<void> {
  const inputs = makeInputs(one);
  const graph = singleOpGraph(op, one.inputs, one.attributes);
  const { problem } = graph.nodes[0] as { problem: Problem<unknown> };
  if (op.view) return;
  const expected = referenceOf(op, problem, inputs);
  const tolerance = op.tolerance(problem);
  for (const kernel of supported(op, problem, device)) {
    const tuned = {
      ...Object.fromEntries(Object.entries(kernel.tunables ?? {}).map(([n, v]) => [n, v[0] as number])),
      ...kernel.defaults?.(problem, device.facts),
    };
    const prepares = kernel.plan(problem, tuned, device.facts).dispatches.some((dispatch) => dispatch.prepare);
    const names = Object.keys(one.inputs);
    for (const parameters of prepares ? [[], names.slice(1)] : [[]]) {
      const program = await device.compile(singleOpGraph(op, one.inputs, one.attributes, parameters), {
        kernels: { [op.name]: kernel.name },
      });
      try {
        const given = Object.entries(inputs);
        await program.setParameters(Object.fromEntries(given.filter(([name]) => parameters.includes(name))));
        program.poison();
        const outputs = await program.run(Object.fromEntries(given.filter(([name]) => !parameters.includes(name))));
        for (const name of op.outputs) {
          const got = outputs[name] as Tensor;
          const want = expected[name] as Float64Array;
          const mismatch = compare(got.data, want, got.dtype === "f32" ? tolerance : { rtol: 0, atol: 0 });
          if (mismatch) {
            throw new Error(
              `${op.name}/${kernel.name}${parameters.length > 0 ? " (prepared)" : ""}: ${name} ${formatShape(got.shape)}: ` +
                `${formatMismatch(mismatch)}\n  ${describeCase(one)}`,
            );
          }
        }
      } finally {
        program.destroy();
      }
    }
  }
}
