/** The chosen network as a component has it: being opened, open, or failed, and how far it is. */
import { useEffect, useState } from "preact/hooks";
import { useEngine } from "../engine";
import { type TaskState, useTask } from "../hooks";
import { type OpenNetwork, openNetwork, type Step } from "./opened";
import { network } from "./state";
import { firstWeights, weights } from "./weights";

export interface UsedNetwork {
  readonly state: TaskState<OpenNetwork>;
  readonly step: Step | undefined;
}

export function useNetwork(): UsedNetwork {
  const { device } = useEngine();
  const [step, setStep] = useState<Step>();
  const wanted = network.value;
  const from = weights.value[wanted.id];
  const [failed, setFailed] = useState<Error>();
  useEffect(() => {
    setFailed(undefined);
    firstWeights(wanted).catch((error: Error) => setFailed(error));
  }, [wanted]);
  const state = useTask(
    async (task) => {
      if (failed) throw failed;
      // Weights that are being found come as a new dependency.
      if (!from) return new Promise<never>(() => undefined);
      return openNetwork(device, wanted, from, (next) => {
        if (task.wanted()) setStep(next);
      });
    },
    [device, wanted, from, failed],
  );
  return { state, step };
}
