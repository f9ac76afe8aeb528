/**
 * Runs a device's share of a placed graph. What was recorded is submitted where a tensor leaves or comes: a tensor that leaves
 * is copied to a staging buffer of the pool, which is mapped while the device works on; one that comes is waited for, while
 * the device has all the work that does not need it.
 */
import type { Tensor } from "../core/tensor";
import type { PlannedCrossing } from "../scheduler/plan";
import type { Exchange } from "./exchange";
import type { Executor } from "./executor";
import { Recorder } from "./recorder";
import { type DeviceTrace, Tracer } from "./tracer";
import { MAP_READ, USAGE } from "./usage";

export interface ShareRun {
  readonly outputs: Record<string, Tensor>;
  readonly trace?: DeviceTrace;
}

interface Leaving {
  readonly crossing: PlannedCrossing;
  readonly staging: GPUBuffer;
  /** Number of the last dispatch before it. */
  readonly after: number;
}

/**
 * @param traced whether to time every dispatch and transfer
 * @throws DeviceLostError, GpuError; what the exchange rejects with.
 */
export async function runShare(
  executor: Executor,
  inputs: Readonly<Record<string, Tensor>>,
  outputs: readonly string[],
  exchange: Exchange,
  traced: boolean,
): Promise<ShareRun> {
  const { context, plan } = executor;
  context.assertAlive();
  const tracer = traced ? new Tracer(context, executor.steps) : undefined;
  const recorder = tracer
    ? new Recorder(context, plan.name, executor.recorder().copy, (step) => tracer.writes(step))
    : executor.recorder();
  const what = `running ${plan.name}`;
  const pending: Promise<unknown>[] = [];
  let giveUp: (error: unknown) => void = () => undefined;
  // Whoever waits for another device must hear at once of what failed here: the other may be waiting, too.
  const trouble = new Promise<never>((_, reject) => {
    giveUp = reject;
  });
  trouble.catch(() => undefined);
  const follow = (work: Promise<unknown>): void => {
    work.catch(giveUp);
    pending.push(work);
  };
  let leaving: Leaving[] = [];

  const hand = async ({ crossing, staging, after }: Leaving, submitted: number): Promise<void> => {
    try {
      await context.guard(staging.mapAsync(MAP_READ, 0, crossing.byteLength));
      const bytes = staging.getMappedRange(0, crossing.byteLength).slice(0);
      tracer?.sent(crossing, after, submitted);
      exchange.send(crossing.channel, bytes);
    } finally {
      if (staging.mapState !== "unmapped") staging.unmap();
      context.buffers.give(staging);
    }
  };
  const flush = (): void => {
    const now = tracer?.submitting() ?? 0;
    recorder.flush();
    for (const one of leaving) follow(hand(one, now));
    leaving = [];
  };

  try {
    follow(context.scoped(what, () => executor.begin(inputs)));
    for (const ready of executor.steps) {
      const { crossing } = ready.step;
      if (!crossing) {
        // What leaves goes before the work that does not need it.
        if (leaving.length > 0) follow(context.scoped(what, flush));
        recorder.step(ready);
      } else if (crossing.direction === "out") {
        const staging = context.buffers.take("transfer", crossing.byteLength, USAGE.COPY_DST | USAGE.MAP_READ);
        recorder.record((encoder) => {
          encoder.copyBufferToBuffer(executor.bufferOf(crossing.tensor), 0, staging, 0, crossing.byteLength);
        });
        leaving.push({ crossing, staging, after: tracer?.dispatches ?? 0 });
      } else {
        follow(context.scoped(what, flush));
        const waiting = tracer?.now() ?? 0;
        const bytes = await Promise.race([exchange.receive(crossing.channel), trouble]);
        context.assertAlive();
        context.device.queue.writeBuffer(executor.bufferOf(crossing.tensor), 0, bytes);
        tracer?.received(crossing, waiting);
      }
    }
    const concluded = executor.conclude(outputs, (finish) => {
      recorder.record(finish);
      tracer?.conclude(recorder);
      flush();
    });
    const [values] = await Promise.race([Promise.all([concluded, ...pending]), trouble]);
    return tracer ? { outputs: values, trace: await tracer.read() } : { outputs: values };
  } catch (error) {
    // What was recorded to leave and not submitted never will be.
    for (const { staging } of leaving) context.buffers.give(staging);
    throw error;
  } finally {
    tracer?.destroy();
  }
}
