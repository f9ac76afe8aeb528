/**
 * What a lesson has the engine compute. A lesson's logic is a function from the numbers on the screen to one of these; the
 * page runs it on the GPU, and tests run the same graph in float64 on the host.
 */
import type { Device, Graph, Program, Tensor } from "../../../src/index";

export interface Computation {
  /** Same key, same graph: it is compiled once. */
  readonly key: string;
  build(): Graph;
  /** Every input of the graph, by name. */
  readonly inputs: Readonly<Record<string, Tensor>>;
}

export type Outputs = Readonly<Record<string, Tensor>>;

/** Programs that are kept: more than a lesson switches between. */
const KEPT = 24;

/** Runs lessons' computations on a device, one after the other, and keeps the programs last used. */
export class Lessons {
  readonly #programs = new Map<string, Promise<Program>>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(readonly device: Device) {}

  /**
   * @param wanted asked when it is this computation's turn: a handle that is dragged asks for more than can be computed
   * @returns nothing when it was not wanted any more
   * @throws what compiling and running throw
   */
  run(computation: Computation, wanted: () => boolean = () => true): Promise<Outputs | undefined> {
    const running = this.#last.then(async () => {
      if (!wanted()) return undefined;
      const program = await this.#program(computation);
      return program.run(computation.inputs);
    });
    this.#last = running.catch(() => undefined);
    return running;
  }

  #program({ key, build }: Computation): Promise<Program> {
    const known = this.#programs.get(key);
    const program = known ?? this.device.compile(build());
    this.#programs.delete(key);
    this.#programs.set(key, program);
    // One that failed is asked for again.
    program.catch(() => this.#programs.delete(key));
    for (const [old, dropped] of this.#programs) {
      if (this.#programs.size <= KEPT) break;
      this.#programs.delete(old);
      void dropped.then((unused) => unused.destroy());
    }
    return program;
  }
}
