/** Learning-rate schedules: a factor of the base rate for each step, with state that a checkpoint can hold. */
import { ValueError } from "../core/errors";

export interface Schedule {
  /** The factor for a step about to be taken, both counted from 0. */
  factor(step: number, epoch: number): number;
  /** Told the error on held-out pictures after each epoch. */
  observe(error: number): void;
  state(): Readonly<Record<string, number>>;
  restore(state: Readonly<Record<string, number>>): void;
}

const stateless = (factor: Schedule["factor"]): Schedule => ({
  factor,
  observe: () => undefined,
  state: () => ({}),
  restore: () => undefined,
});

export const constant = (): Schedule => stateless(() => 1);

/** Times `factor` after every `every` epochs. */
export const stepDecay = (every: number, factor: number): Schedule =>
  stateless((_, epoch) => factor ** Math.floor(epoch / every));

/** From 1 down to 0 along half a cosine in `steps` steps (Loshchilov and Hutter 2017). */
export const cosine = (steps: number): Schedule =>
  stateless((step) => 0.5 * (1 + Math.cos(Math.PI * Math.min(1, step / steps))));

/** Up from 0 in a straight line in `steps` steps, then as `then`, which counts its steps from there. */
export const warmUp = (steps: number, then: Schedule): Schedule => ({
  ...then,
  factor: (step, epoch) => (step < steps ? (step + 1) / steps : 1) * then.factor(Math.max(0, step - steps), epoch),
});

/**
 * Divides the rate by ten whenever the error on held-out pictures has not improved for `patience` epochs: what the people of
 * 2012 did by hand (Krizhevsky et al. 2012, section 5).
 */
export function plateau(patience: number): Schedule {
  let now = { factor: 1, best: Number.MAX_VALUE, waited: 0 };
  return {
    factor: () => now.factor,
    observe: (error) => {
      if (error < now.best) now = { ...now, best: error, waited: 0 };
      else if (now.waited + 1 < patience) now = { ...now, waited: now.waited + 1 };
      else now = { ...now, factor: now.factor / 10, waited: 0 };
    },
    state: () => ({ ...now }),
    restore: (state) => {
      now = { ...now, ...state };
    },
  };
}

const KNOWN =
  "constant, step:EPOCHS:FACTOR, plateau:EPOCHS or cosine:STEPS, with warmup:STEPS, in front if wanted: warmup:100,plateau:3";

/** A schedule by its description, as the command line takes it. @throws ValueError saying what there is. */
export function parseSchedule(text: string): Schedule {
  const refuse = (): never => {
    throw new ValueError({ op: "schedule" }, "description", `"${text}"`, KNOWN);
  };
  const number = (given: string | undefined, whole: boolean): number => {
    const value = Number(given);
    return given && value > 0 && Number.isFinite(value) && (!whole || Number.isInteger(value)) ? value : refuse();
  };
  const one = (part: string): Schedule => {
    const [kind, a, b, ...more] = part.split(":");
    if (more.length > 0) return refuse();
    if (kind === "constant" && a === undefined) return constant();
    if (kind === "step") return stepDecay(number(a, true), number(b, false));
    if (kind === "plateau" && b === undefined) return plateau(number(a, true));
    if (kind === "cosine" && b === undefined) return cosine(number(a, true));
    return refuse();
  };
  const [first = "", second, ...rest] = text.split(",");
  if (rest.length > 0) return refuse();
  const warm = /^warmup:(.+)$/.exec(first);
  if (!warm) return second === undefined ? one(first) : refuse();
  return warmUp(number(warm[1], true), one(second ?? "constant"));
}
