/**
 * Runs a plan: buffers, pipelines and bind groups are made once; a run writes inputs, records one command buffer (few
 * passes), submits, and reads back what was asked for. Knows nothing of ops.
 */
import { viewAs } from "../core/dtype";
import { UnknownNameError } from "../core/errors";
import { byteLength, Tensor, type TensorType } from "../core/tensor";
import type { Plan, PlannedCopy, PlannedDispatch, PlannedTensor, Step } from "../scheduler/plan";
import type { GpuContext } from "./context";
import type { Pipeline } from "./pipelines";
import { type Profile, type ProfileOptions, profileSteps } from "./profile";
import { encode, type ReadyStep, Recorder } from "./recorder";
import { MAP_READ, USAGE } from "./usage";

export interface Progress {
  readonly done: number;
  readonly total: number;
  readonly what: string;
}

/** A NaN as a float, an absurd value as an integer. */
const POISON = 0xffc0dead;

/** Offsets in a readback buffer: `mapAsync` ranges start at multiples of 8. */
const READBACK_ALIGNMENT = 16;

/** Counts the changes of the parameters that some executors share. */
interface Changes {
  count: number;
}

export class Executor {
  /** How many changes the prepared tensors have followed. */
  #followed = 0;

  private constructor(
    readonly context: GpuContext,
    readonly plan: Plan,
    readonly slots: readonly GPUBuffer[],
    readonly uniforms: GPUBuffer,
    readonly prepare: readonly ReadyStep[],
    readonly steps: readonly ReadyStep[],
    readonly changes: Changes,
  ) {}

  /**
   * Makes everything that runs need. Parameters that `sharing` has by the same name are its own: the same memory.
   * @throws ShaderError, GpuError, LimitError, DeviceLostError.
   */
  static async create(
    context: GpuContext,
    plan: Plan,
    onProgress?: (progress: Progress) => void,
    sharing?: Executor,
  ): Promise<Executor> {
    const shared = new Map<number, GPUBuffer>();
    for (const [name, id] of Object.entries(plan.parameters)) {
      const theirs = sharing?.plan.parameters[name];
      if (theirs !== undefined)
        shared.set((plan.tensors[id] as PlannedTensor).slot, sharing?.bufferOf(theirs) as GPUBuffer);
    }
    const usage = USAGE.STORAGE | USAGE.COPY_SRC | USAGE.COPY_DST;
    const taken: GPUBuffer[] = [];
    const take = (label: string, bytes: number, flags: number) => {
      const buffer = context.buffers.take(label, bytes, flags);
      taken.push(buffer);
      return buffer;
    };
    try {
      const slots = await context.scoped(`allocating memory for ${plan.name}`, () =>
        plan.slots.map((bytes, slot) => {
          const buffer = shared.get(slot);
          if (!buffer) return take(`${plan.name} slot ${slot}`, bytes, usage);
          taken.push(context.buffers.share(buffer));
          return buffer;
        }),
      );
      const align = context.facts.limits.minUniformBufferOffsetAlignment;
      const all = [...plan.prepare, ...plan.steps].flatMap((step) => step.dispatches);
      const offsets = new Map<PlannedDispatch, number>();
      let bytes = 0;
      for (const dispatch of all) {
        offsets.set(dispatch, bytes);
        bytes += Math.ceil((dispatch.uniform?.byteLength ?? 0) / align) * align;
      }
      const uniforms = take(`${plan.name} uniforms`, bytes, USAGE.UNIFORM | USAGE.COPY_DST);
      const packed = new Uint8Array(Math.max(bytes, 16));
      for (const dispatch of all) {
        if (dispatch.uniform) packed.set(new Uint8Array(dispatch.uniform), offsets.get(dispatch));
      }
      context.device.queue.writeBuffer(uniforms, 0, packed);

      const compiled = await compileAll(context, plan, onProgress);
      const ready = (step: Step): Promise<ReadyStep> =>
        context.scoped(`${step.op} (node "${step.node}", kernel ${step.kernel})`, () => ({
          step,
          dispatches: step.dispatches.map((dispatch) => {
            const { pipeline, layout } = compiled.get(dispatch) as Pipeline;
            const entries = dispatch.bindings.map((binding) => ({
              binding: binding.index,
              resource:
                binding.tensor === undefined
                  ? { buffer: uniforms, offset: offsets.get(dispatch) ?? 0, size: binding.byteLength }
                  : {
                      buffer: slots[(plan.tensors[binding.tensor] as PlannedTensor).slot] as GPUBuffer,
                      offset: binding.byteOffset,
                      size: binding.byteLength,
                    },
            }));
            const group = context.device.createBindGroup({
              label: `${step.node} ${dispatch.shader.file}`,
              layout,
              entries,
            });
            return { pipeline, group, workgroups: dispatch.workgroups };
          }),
        }));
      const prepare = await Promise.all(plan.prepare.map(ready));
      const steps = await Promise.all(plan.steps.map(ready));
      return new Executor(context, plan, slots, uniforms, prepare, steps, sharing?.changes ?? { count: 0 });
    } catch (error) {
      for (const buffer of taken) context.buffers.give(buffer);
      throw error;
    }
  }

  bufferOf(tensor: number): GPUBuffer {
    return this.slots[(this.plan.tensors[tensor] as PlannedTensor).slot] as GPUBuffer;
  }

  #write(ids: Readonly<Record<string, number>>, values: Readonly<Record<string, Tensor>>): void {
    for (const [name, tensor] of Object.entries(values)) {
      this.context.device.queue.writeBuffer(this.bufferOf(ids[name] as number), 0, tensor.data);
    }
  }

  /** Uploads parameters (checked by the caller) and runs what depends on them alone. */
  async setParameters(values: Readonly<Record<string, Tensor>>): Promise<void> {
    await this.context.scoped(`setting parameters of ${this.plan.name}`, () => {
      this.#write(this.plan.parameters, values);
      this.changes.count += 1;
      this.#follow();
    });
  }

  /** Runs what depends on parameters alone, if they have changed since, here or in an executor that shares them. */
  #follow(): void {
    if (this.#followed === this.changes.count) return;
    this.#followed = this.changes.count;
    if (this.prepare.length > 0) this.#submit(this.prepare);
  }

  /** Records `steps` in as few passes and submissions as the work allows; `finish` records what follows the last. */
  #submit(steps: readonly ReadyStep[], finish?: (encoder: GPUCommandEncoder) => void): void {
    const recorder = this.recorder();
    for (const step of steps) recorder.step(step);
    if (finish) recorder.record(finish);
    recorder.flush();
  }

  /** Records work on this executor's tensors. */
  recorder(): Recorder {
    return new Recorder(this.context, this.plan.name, (encoder, copies) => this.#copy(encoder, copies));
  }

  #copy(encoder: GPUCommandEncoder, copies: readonly PlannedCopy[]): void {
    for (const { source, target, byteLength: bytes } of copies) {
      encoder.copyBufferToBuffer(this.bufferOf(source), 0, this.bufferOf(target), 0, bytes);
    }
  }

  /** Reads parameters back, as they are now. */
  async readParameters(names: readonly string[]): Promise<Record<string, Tensor>> {
    this.context.assertAlive();
    const wanted = names.map((name) => {
      const tensor = this.plan.parameters[name];
      if (tensor === undefined) throw new UnknownNameError("parameter", name, Object.keys(this.plan.parameters));
      return { name, tensor, type: typeOf(this.plan, tensor) };
    });
    return this.#readBack(wanted, `reading parameters of ${this.plan.name}`, (finish) => this.#submit([], finish));
  }

  /**
   * One run: inputs (checked by the caller) in, the outputs named in `outputs` back.
   * @throws GpuError, DeviceLostError, UnknownNameError for an output that is not there.
   */
  async run(inputs: Readonly<Record<string, Tensor>>, outputs: readonly string[]): Promise<Record<string, Tensor>> {
    this.context.assertAlive();
    return this.conclude(outputs, (finish) => {
      this.begin(inputs);
      this.#submit(this.steps, finish);
    });
  }

  /** What comes before a run's steps: what depends on parameters alone is brought up to date, inputs are uploaded. */
  begin(inputs: Readonly<Record<string, Tensor>>): void {
    this.#follow();
    this.#write(this.plan.inputs, inputs);
  }

  /**
   * What comes after a run's steps: parameters take their new values, and outputs are read back.
   * @param submit records `finish` behind the steps that are left, and submits
   */
  conclude(
    outputs: readonly string[],
    submit: (finish: (encoder: GPUCommandEncoder) => void) => void,
  ): Promise<Record<string, Tensor>> {
    const wanted = outputs.map((name) => {
      const output = this.plan.outputs[name];
      if (!output) throw new UnknownNameError("output", name, Object.keys(this.plan.outputs));
      return { name, ...output };
    });
    return this.#readBack(wanted, `running ${this.plan.name}`, (finish) => {
      submit((encoder) => {
        this.#copy(encoder, this.plan.updates);
        finish(encoder);
      });
      this.#count();
    });
  }

  /** Tells those that share parameters that they changed; what this plan prepares depends on none that it changes. */
  #count(): void {
    if (!this.plan.changesParameters) return;
    if (this.#followed === this.changes.count) this.#followed += 1;
    this.changes.count += 1;
  }

  /** Has `submit` record copies of some tensors after its work, and gives them when they are there. */
  async #readBack(
    wanted: readonly { readonly name: string; readonly tensor: number; readonly type: TensorType }[],
    what: string,
    submit: (finish: (encoder: GPUCommandEncoder) => void) => void,
  ): Promise<Record<string, Tensor>> {
    let total = 0;
    const places = wanted.map(({ type }) => {
      const offset = total;
      total += Math.ceil(byteLength(type) / READBACK_ALIGNMENT) * READBACK_ALIGNMENT;
      return offset;
    });
    const staging =
      total > 0 ? this.context.buffers.take("readback", total, USAGE.COPY_DST | USAGE.MAP_READ) : undefined;
    try {
      const submitted = this.context.scoped(what, () => {
        submit((encoder) => {
          wanted.forEach(({ tensor, type }, i) => {
            encoder.copyBufferToBuffer(
              this.bufferOf(tensor),
              0,
              staging as GPUBuffer,
              places[i] as number,
              byteLength(type),
            );
          });
        });
      });
      if (!staging) {
        await submitted;
        return {};
      }
      const mapped = this.context.guard(staging.mapAsync(MAP_READ, 0, total));
      await Promise.all([submitted, mapped]);
      const bytes = staging.getMappedRange(0, total);
      return Object.fromEntries(
        wanted.map(({ name, type }, i) => {
          const start = places[i] as number;
          return [name, new Tensor(type.shape, viewAs(type.dtype, bytes.slice(start, start + byteLength(type))))];
        }),
      );
    } finally {
      if (staging) {
        if (staging.mapState !== "unmapped") staging.unmap();
        this.context.buffers.give(staging);
      }
    }
  }

  /** Fills the memory of everything a run computes with NaN, so that an element which no kernel writes shows. */
  poison(): void {
    const transient = this.plan.tensors.filter((tensor) => tensor.residence === "transient");
    for (const slot of new Set(transient.map((tensor) => tensor.slot))) {
      const bytes = this.plan.slots[slot] as number;
      this.context.device.queue.writeBuffer(this.slots[slot] as GPUBuffer, 0, new Uint32Array(bytes / 4).fill(POISON));
    }
  }

  /** Resolves when all that was submitted is done. */
  idle(): Promise<void> {
    return this.context.guard(this.context.device.queue.onSubmittedWorkDone());
  }

  /** Times every step on the given inputs, after one run that is not counted. */
  async profile(inputs: Readonly<Record<string, Tensor>>, options: ProfileOptions = {}): Promise<Profile> {
    if (options.warm ?? true) await this.run(inputs, []);
    await this.idle();
    return profileSteps(
      {
        context: this.context,
        name: this.plan.name,
        steps: this.steps,
        encodeCopies: (encoder, copies) => this.#copy(encoder, copies),
        encode,
        submit: (steps) => this.#submit(steps),
        idle: () => this.idle(),
      },
      options,
    );
  }

  /** Hands every buffer back. */
  destroy(): void {
    for (const buffer of this.slots) this.context.buffers.give(buffer);
    this.context.buffers.give(this.uniforms);
  }
}

/** Compiles every pipeline of a plan at once, off this thread; the page stays alive, and hears how far it is. */
async function compileAll(
  context: GpuContext,
  plan: Plan,
  onProgress?: (progress: Progress) => void,
): Promise<Map<PlannedDispatch, Pipeline>> {
  const all = [...plan.prepare, ...plan.steps].flatMap((step) =>
    step.dispatches.map((dispatch) => ({ step, dispatch })),
  );
  const compiled = new Map<PlannedDispatch, Pipeline>();
  let done = 0;
  await context.guard(
    Promise.all(
      all.map(async ({ step, dispatch }) => {
        compiled.set(dispatch, await context.pipelines.get(dispatch.shader, dispatch.bindings));
        done += 1;
        onProgress?.({ done, total: all.length, what: `compiling ${step.node} (${step.kernel})` });
      }),
    ),
  );
  return compiled;
}

/** Type of a plan's input or parameter, by its tensor id. */
export const typeOf = (plan: Plan, id: number): TensorType => (plan.tensors[id] as PlannedTensor).type;
