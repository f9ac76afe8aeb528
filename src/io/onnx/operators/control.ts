/** Subgraphs. What decides about them must be known before a run: a branch is chosen, a loop is written out. */
import { concat, reshape, slice } from "../forms";
import { type Held, scalar } from "../held";
import type { Site, Translate, Translations } from "../site";

/** Rounds of a loop beyond this are not written out. */
const MAX_ROUNDS = 1000;

const branch: Translate = (site) => {
  const chosen = site.values(0)[0] !== 0;
  // Both are asked for, so that the one that is not taken is no unknown attribute.
  const [yes, no] = [site.graph("then_branch"), site.graph("else_branch")];
  return site.subgraph(chosen ? yes : no, []);
};

/** Values of each round beside one another along a new axis, or along one that is there. */
const stacked = (site: Site, rounds: readonly Held[], axis: number): Held => {
  const apart = rounds.map((held) =>
    reshape(site.b, held, [...held.shape.slice(0, axis), 1, ...held.shape.slice(axis)]),
  );
  return concat(site.b, apart, axis);
};

const loop: Translate = (site) => {
  const body = site.graph("body");
  const trips = site.input(0) ? (site.values(0)[0] as number) : Number.POSITIVE_INFINITY;
  let goesOn = site.input(1) ? site.values(1)[0] !== 0 : true;
  let state = site.inputs.slice(2) as Held[];
  const count = state.length;
  const collected: Held[][] = body.output.slice(1 + count).map(() => []);
  for (let round = 0; goesOn && round < trips; round++) {
    if (round >= MAX_ROUNDS) site.refuse(`it goes round more than ${MAX_ROUNDS} times`);
    const [condition, ...outputs] = site.subgraph(body, [scalar(round, "int64"), scalar(1, "bool"), ...state]);
    state = outputs.slice(0, count);
    collected.forEach((list, i) => {
      list.push(outputs[count + i] as Held);
    });
    goesOn = site.valuesOf(condition as Held, "whether its loop goes on")[0] !== 0;
  }
  if (collected.some((list) => list.length === 0))
    site.refuse("it never goes round, and what it would collect has no shape");
  return [...state, ...collected.map((list) => stacked(site, list, 0))];
};

const scan: Translate = (site) => {
  if (site.opset < 9) site.refuse("it is of version 8, with a batch of its own; we have it from version 9 on");
  const body = site.graph("body");
  const scanned = site.int("num_scan_inputs", 1);
  const states = site.inputs.length - scanned;
  const inputs = site.all.slice(states);
  const list = (name: string, length: number): number[] => site.ints(name) ?? new Array<number>(length).fill(0);
  const made = body.output.length - states;
  const [inAxes, inTurned] = [list("scan_input_axes", scanned), list("scan_input_directions", scanned)];
  const [outAxes, outTurned] = [list("scan_output_axes", made), list("scan_output_directions", made)];
  const axes = inputs.map((held, i) => site.axis(inAxes[i] as number, held.shape));
  const rounds = inputs[0]?.shape[axes[0] as number] ?? site.refuse("it scans nothing");
  if (rounds > MAX_ROUNDS) site.refuse(`it goes round more than ${MAX_ROUNDS} times`);
  let state = site.all.slice(0, states);
  const collected: Held[][] = Array.from({ length: made }, () => []);
  for (let round = 0; round < rounds; round++) {
    const items = inputs.map((held, i) => {
      const axis = axes[i] as number;
      const at = inTurned[i] === 1 ? rounds - 1 - round : round;
      return reshape(
        site.b,
        slice(site.b, held, axis, at, at + 1),
        held.shape.filter((_, each) => each !== axis),
      );
    });
    const outputs = site.subgraph(body, [...state, ...items]);
    state = outputs.slice(0, states);
    collected.forEach((each, i) => {
      const held = outputs[states + i] as Held;
      if (outTurned[i] === 1) each.unshift(held);
      else each.push(held);
    });
  }
  return [
    ...state,
    ...collected.map((each, i) => {
      const rank = (each[0] as Held).shape.length + 1;
      return stacked(site, each, site.axis(outAxes[i] as number, new Array<number>(rank).fill(1)));
    }),
  ];
};

export const controls: Translations = { If: branch, Loop: loop, Scan: scan };
