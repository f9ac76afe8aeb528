/**
 * Training: weights, optimiser state and activations stay on the device, a step is a run of a program (or of several, whose
 * gradients add up), and the loss is read only when it is asked for.
 */
import { ValueError } from "../core/errors";
import { Tensor } from "../core/tensor";
import type { Compiler, Runnable } from "../engine/runnable";
import type { Graph, Value } from "../graph/graph";
import type { Named } from "../ops/op";
import type { Checkpoint, Progress } from "./checkpoint";
import { controls, type OptimizerSettings } from "./optimizer";
import type { Schedule } from "./schedules";
import { accumulation, constants, lossGradients, trainingStep } from "./step";
import type { Programs, StepReport, Task } from "./task";

export interface TrainerOptions<T extends Task = Task> {
  readonly task: T;
  readonly optimizer: OptimizerSettings;
  readonly schedule: Schedule;
  /** Batches in a step: their gradients are averaged, which takes the memory of one. 1 unless told. */
  readonly accumulate?: number;
}

/** Euclidean norms of a layer's weights and of their gradient. */
export interface LayerNorms {
  readonly parameter: string;
  readonly weight: number;
  readonly gradient: number;
}

/** What a network looks like from inside, on one batch. */
export interface Look {
  /** Of every trained parameter, first layer first. */
  readonly norms: readonly LayerNorms[];
  /** Share of zeros behind every ReLU. */
  readonly zeros: readonly { readonly layer: string; readonly share: number }[];
}

export class Trainer<T extends Task = Task> {
  #step = 0;
  #epoch = 0;
  #position = 0;
  #best: number | null = null;
  #next: Promise<Record<string, Tensor>> | undefined;
  readonly #compiled = new Map<string, Runnable>();

  private constructor(
    readonly options: TrainerOptions<T>,
    /** A device, or a mesh, which trains by its layout. */
    readonly device: Compiler,
    /** A step: its plan says what memory training takes. */
    readonly program: Runnable,
    readonly trained: readonly string[],
  ) {}

  /**
   * Compiles a step of training and sets weights by the model's own rule.
   * @throws ValueError for more batches in a step than in an epoch; what compiling throws.
   */
  static async open<T extends Task>(device: Compiler, options: TrainerOptions<T>): Promise<Trainer<T>> {
    const { task, optimizer, accumulate = 1 } = options;
    if (!Number.isInteger(accumulate) || accumulate < 1 || accumulate > task.batches) {
      const wanted = `from 1 to the ${task.batches} batches of an epoch`;
      throw new ValueError({ op: "train" }, "accumulate", String(accumulate), wanted);
    }
    const { graph, state, trained } = trainingStep(task.network(true), optimizer, accumulate);
    const program = await device.compile(graph);
    const zeros = state.map((name) => [name, Tensor.zeros((graph.parameters.get(name) as Value).type)]);
    await program.setParameters({ ...task.weights, ...task.states, ...Object.fromEntries(zeros) });
    return new Trainer(options, device, program, trained);
  }

  get progress(): Progress {
    return {
      step: this.#step,
      epoch: this.#epoch,
      position: this.#position,
      best: this.#best,
      schedule: this.options.schedule.state(),
    };
  }

  get #accumulate(): number {
    return this.options.accumulate ?? 1;
  }

  /** Whole steps in an epoch; batches left over are left out. */
  get stepsPerEpoch(): number {
    return Math.floor(this.options.task.batches / this.#accumulate);
  }

  /** Samples that a step learns from. */
  get samplesPerStep(): number {
    return this.options.task.samples * this.#accumulate;
  }

  /** Rate of the step about to be taken. */
  get rate(): number {
    return this.options.optimizer.rate * this.options.schedule.factor(this.#step, this.#epoch);
  }

  /** Programs on the weights that are being trained. */
  readonly programs: Programs = async (key, build) => {
    const known = this.#compiled.get(key);
    if (known) return known;
    const program = await this.device.compile(build(), { share: this.program });
    this.#compiled.set(key, program);
    return program;
  };

  /** The batch about to be learnt from. */
  #batch(): Promise<Record<string, Tensor>> {
    if (!this.#next) {
      const at = { epoch: this.#epoch, position: this.#position };
      const draw = this.#epoch * this.stepsPerEpoch * this.#accumulate + this.#position;
      this.#next = this.options.task.batch({ ...at, draw });
      // Whoever awaits it hears of a failure; until then it must not count as nobody's.
      this.#next.catch(() => undefined);
    }
    return this.#next;
  }

  #turn(): void {
    this.#next = undefined;
    this.#position += 1;
    if (this.#position === this.stepsPerEpoch * this.#accumulate) {
      this.#epoch += 1;
      this.#position = 0;
    }
  }

  /**
   * Takes one step. The next batch is made ready while the device works.
   * @param report whether to wait for the step and say how it went
   */
  async step(report: boolean): Promise<StepReport | undefined> {
    const { optimizer, schedule, task } = this.options;
    const count = this.#accumulate;
    const factor = schedule.factor(this.#step, this.#epoch);
    const common = { ...controls(optimizer, factor, this.#step + 1), ...constants(count) };
    const reports: StepReport[] = [];
    for (let i = 0; i < count; i++) {
      const program =
        i === count - 1 ? this.program : await this.programs("accumulate", () => accumulation(task.network(true)));
      const inputs = readBy(program.graph, { ...(await this.#batch()), ...common });
      const running = program.run(inputs, { outputs: report ? ["loss", "hits"] : [] });
      this.#turn();
      void this.#batch();
      const { loss, hits } = await running;
      if (!loss || !hits) continue;
      reports.push({ loss: loss.data[0] as number, accuracy: (hits.data[0] as number) / task.samples });
    }
    this.#step += 1;
    return report ? meanReport(reports) : undefined;
  }

  /** Whether the step just taken ended an epoch. */
  get epochEnded(): boolean {
    return this.#position === 0 && this.#step > 0;
  }

  /** How the network does on held-out samples. */
  evaluate(): Promise<StepReport> {
    return this.options.task.evaluate(this.programs);
  }

  /** Evaluates, tells the schedule, and says whether it is the best so far. */
  async evaluateEpoch(): Promise<StepReport & { readonly best: boolean }> {
    const report = await this.evaluate();
    this.options.schedule.observe(1 - report.accuracy);
    const best = this.#best === null || report.accuracy > this.#best;
    if (best) this.#best = report.accuracy;
    return { ...report, best };
  }

  /** Looks at the batch about to be learnt from without learning from it. */
  async look(): Promise<Look> {
    const program = await this.programs("look", () => looking(this.options.task));
    const inputs = readBy(program.graph, { ...(await this.#batch()), ...constants(2) });
    const wanted = [...program.graph.outputs.keys()].filter((name) => name.startsWith(LOOK));
    const outputs = await program.run(inputs, { outputs: wanted });
    const number = (kind: string, name: string): number => outputs[`${LOOK}${kind} ${name}`]?.data[0] as number;
    const zeros = `${LOOK}zeros `;
    return {
      norms: this.trained.map((parameter) => ({
        parameter,
        weight: Math.sqrt(number("weight", parameter)),
        gradient: Math.sqrt(number("gradient", parameter)),
      })),
      zeros: wanted
        .filter((name) => name.startsWith(zeros))
        .map((name) => ({ layer: name.slice(zeros.length), share: outputs[name]?.data[0] as number })),
    };
  }

  /** The weights as they are now, without what the optimiser keeps. */
  weights(): Promise<Record<string, Tensor>> {
    return this.program.getParameters(Object.keys(this.options.task.weights));
  }

  /** Everything that a run needs to go on. */
  async checkpoint(settings: Checkpoint["settings"]): Promise<Checkpoint> {
    const parameters = await this.program.getParameters();
    return { model: this.options.task.name, parameters, progress: this.progress, settings };
  }

  /** Goes on from a checkpoint. @throws ShapeError, UnknownNameError, GraphError for one that does not fit. */
  async restore({ parameters, progress }: Checkpoint): Promise<void> {
    await this.program.setParameters(parameters satisfies Named<Tensor>);
    this.#step = progress.step;
    this.#epoch = progress.epoch;
    this.#position = progress.position;
    this.#best = progress.best;
    this.#next = undefined;
    this.options.schedule.restore(progress.schedule);
  }

  /** Hands all memory back. */
  destroy(): void {
    for (const program of [...this.#compiled.values(), this.program]) program.destroy();
  }
}

/** Those of `inputs` that a graph reads. */
const readBy = (graph: Graph, inputs: Named<Tensor>): Record<string, Tensor> =>
  Object.fromEntries(Object.entries(inputs).filter(([name]) => graph.inputs.has(name)));

export const meanReport = (reports: readonly StepReport[]): StepReport => ({
  loss: reports.reduce((sum, { loss }) => sum + loss, 0) / reports.length,
  accuracy: reports.reduce((sum, { accuracy }) => sum + accuracy, 0) / reports.length,
});

/** What begins the name of an output that is only there to be looked at. */
const LOOK = "look: ";

/** A task's network with the squares of all norms, and the shares of zeros, as outputs. */
function looking(task: Task): Graph {
  const network = task.network(false);
  const { graph } = network;
  const rectified = graph.nodes.filter(({ op }) => op.name === "relu");
  for (const [parameter, gradient] of lossGradients(network)) {
    for (const [kind, input] of Object.entries({ weight: parameter, gradient })) {
      graph.output(`${LOOK}${kind} ${parameter.name}`, graph.apply("sumOfSquares", { input }));
    }
  }
  for (const { name, outputs } of rectified) {
    const zero = graph.inputs.get("zero") ?? graph.input("zero", { shape: [], dtype: "f32" });
    const isZero = graph.apply("equal", { a: outputs.output as Value, b: zero });
    graph.output(`${LOOK}zeros ${name}`, graph.apply("mean", { input: isZero }));
  }
  return graph;
}
