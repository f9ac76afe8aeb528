/** Chooses the kernel and its tunables for one problem on one device. */
import type { DeviceFacts } from "../core/device";
import { UnknownNameError, UnsupportedError } from "../core/errors";
import type { AnyOp, Kernel, Problem, Tuned } from "../ops/op";
import type { Tuning } from "./tuning";

/** Wishes that go before the kernels' own preferences. */
export interface KernelWishes {
  /** Kernel name by node name, or by op name. A kernel that does not support the problem is an error, not a wish. */
  readonly kernels?: Readonly<Record<string, string>>;
  /** Tunables by node name, or by op name. */
  readonly tunables?: Readonly<Record<string, Tuned>>;
  /** Measured choices, which go before the kernels' own preferences; null for none. */
  readonly tuning?: Tuning | null;
}

export interface Choice {
  readonly kernel: Kernel<unknown>;
  readonly tuned: Tuned;
}

const supports = (kernel: Kernel<unknown>, problem: Problem<unknown>, device: DeviceFacts): true | string =>
  kernel.supports?.(problem, device) ?? true;

function tunedFor(kernel: Kernel<unknown>, problem: Problem<unknown>, device: DeviceFacts, wished: Tuned): Tuned {
  const first = Object.entries(kernel.tunables ?? {}).map(([name, values]) => [name, values[0] as number]);
  const known = Object.entries(wished).filter(([name]) => kernel.tunables?.[name] !== undefined);
  return { ...Object.fromEntries(first), ...kernel.defaults?.(problem, device), ...Object.fromEntries(known) };
}

/**
 * @param kept inputs that are parameters, for measured choices
 * @throws UnsupportedError naming each kernel's reason; UnknownNameError for a wished kernel that the op does not have
 */
export function chooseKernel(
  op: AnyOp,
  node: string,
  problem: Problem<unknown>,
  device: DeviceFacts,
  wishes: KernelWishes = {},
  kept: readonly string[] = [],
): Choice {
  const kernels: readonly Kernel<unknown>[] = op.kernels;
  const wished = wishes.kernels?.[node] ?? wishes.kernels?.[op.name];
  const tunables = wishes.tunables?.[node] ?? wishes.tunables?.[op.name] ?? {};
  const measured = wished === undefined ? wishes.tuning?.find(op, problem, kept, device) : undefined;
  const taken = wished ?? measured?.kernel;
  const candidates = taken === undefined ? kernels : kernels.filter((kernel) => kernel.name === taken);
  if (wished !== undefined && candidates.length === 0) {
    throw new UnknownNameError(
      `kernel of ${op.name}`,
      wished,
      kernels.map((kernel) => kernel.name),
    );
  }
  const reasons: Record<string, string> = {};
  let best: Kernel<unknown> | undefined;
  let bestPreference = -Infinity;
  for (const kernel of candidates) {
    const supported = supports(kernel, problem, device);
    if (supported !== true) {
      reasons[kernel.name] = supported;
      continue;
    }
    const preference = kernel.preference?.(problem, device) ?? 0;
    if (!best || preference > bestPreference) {
      best = kernel;
      bestPreference = preference;
    }
  }
  if (!best) throw new UnsupportedError({ op: op.name, node }, reasons);
  return { kernel: best, tuned: tunedFor(best, problem, device, { ...measured?.tuned, ...tunables }) };
}
