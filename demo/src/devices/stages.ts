/** A trace as a picture of towers: which layers lie on which device, and what crosses behind each. */
import type { MeshTrace } from "../../../src/index";

export interface Stage {
  /** The layers' number: 1 for conv1 and what follows it, 8 for fc8 and the softmax. */
  readonly number: number;
  /** What each device does of it, by the names of the graph; empty where it does nothing. */
  readonly nodes: readonly (readonly string[])[];
  /** Milliseconds of computing on each device. */
  readonly ms: readonly number[];
  /** What goes to each device of what was made here. */
  readonly crossing: readonly { readonly bytes: number; readonly ms: number }[];
}

/** A node as the graph has it: `relu1` of `relu1 gathered@0` and `relu1[6:8]@0`, which a layout made of it. */
const plain = (name: string): string => name.replace(/[@[ ].*$/, "");

const numberIn = (name: string): number | undefined => {
  const found = /^[a-z]+(\d)/i.exec(plain(name))?.[1];
  return found === undefined ? undefined : Number(found);
};

/** Stages in order. A step without a number in its name, as the softmax, belongs to the stage before it. */
export function stagesOf(trace: MeshTrace): readonly Stage[] {
  const devices = trace.devices.length;
  const stages = new Map<number, { nodes: string[][]; ms: number[]; crossing: { bytes: number; ms: number }[] }>();
  const at = (number: number) => {
    const known = stages.get(number);
    if (known) return known;
    const fresh = {
      nodes: Array.from({ length: devices }, (): string[] => []),
      ms: new Array<number>(devices).fill(0),
      crossing: Array.from({ length: devices }, () => ({ bytes: 0, ms: 0 })),
    };
    stages.set(number, fresh);
    return fresh;
  };
  trace.devices.forEach(({ dispatches }, device) => {
    let last = 1;
    for (const { node, begin, end } of dispatches) {
      last = Math.max(last, numberIn(node) ?? last);
      const stage = at(numberIn(node) ?? last);
      const name = plain(node);
      const names = stage.nodes[device] as string[];
      if (numberIn(node) !== undefined || name === "softmax") {
        if (!names.includes(name)) names.push(name);
      }
      stage.ms[device] = (stage.ms[device] as number) + end - begin;
    }
  });
  for (const { tensor, to, bytes, begin, end } of trace.transfers) {
    const number = numberIn(tensor);
    // The flattened maps are pool5's; pictures come before everything.
    const behind = number ?? (/^flatten/.test(tensor) ? 5 : 0);
    const crossing = at(behind).crossing[to];
    if (!crossing) continue;
    crossing.bytes += bytes;
    crossing.ms += end - begin;
  }
  return [...stages].sort(([a], [b]) => a - b).map(([number, stage]) => ({ number, ...stage }));
}
