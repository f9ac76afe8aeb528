/** What the command's exit status says, and how an error is told. */
import { CommanderError } from "commander";
import { TandemError } from "../core/errors";

export const EXIT = { fine: 0, checkFailed: 1, regression: 2, noAdapter: 3, deviceLost: 4, usage: 64 } as const;

/** The command line asked for something that cannot be meant. */
export class UsageError extends TandemError {}

/** By the error's name, not its class: errors that come from a page are told apart by name only. */
const STATUS: Readonly<Record<string, number>> = {
  NoAdapterError: EXIT.noAdapter,
  DeviceLostError: EXIT.deviceLost,
  UsageError: EXIT.usage,
  UnknownNameError: EXIT.usage,
};

/** Tells the error on stderr (commander has told its own) and gives the exit status. Stacks only with `TANDEM_DEBUG`. */
export function told(error: unknown, say: (text: string) => void): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.fine : EXIT.usage;
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
  const refusal = error instanceof TandemError;
  const debug = Boolean(process.env.TANDEM_DEBUG);
  say(`tandem: ${refusal ? message : `internal error: ${message}`}\n`);
  if (debug && stack) say(`${stack}\n`);
  else if (!refusal) say("This is a fault of tandem. Run again with TANDEM_DEBUG=1 to see where it happened.\n");
  return STATUS[name] ?? EXIT.checkFailed;
}
