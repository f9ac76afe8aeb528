/** What the commands that run a task share: the option that chooses the host, and progress while it runs. */
import { type Command, Option } from "commander";
import type { Progress } from "../hosts/context";
import { type HostOptions, hostNames, openHost } from "../hosts/host";

export type HostName = (typeof hostNames)[number];

/** Adds `--host`. */
export const hostOption = (command: Command): Command =>
  command.addOption(
    new Option("--host <where>", "where to run: Chrome, or this Node process on Dawn")
      .choices(hostNames)
      .default("chrome"),
  );

/** How long a line of progress may be. */
const WIDTH = 78;

/** Progress on standard error: one line that is rewritten on a terminal, a line now and then elsewhere. */
class ProgressLine {
  readonly #live = Boolean(process.stderr.isTTY);
  #last = performance.now();
  #shown = "";

  show(text: string): void {
    const line = text.length > WIDTH ? `${text.slice(0, WIDTH - 1)}…` : text;
    if (this.#live) {
      process.stderr.write(`\r\u001b[2K${line}`);
      this.#shown = line;
    } else if (performance.now() - this.#last > 10_000) {
      process.stderr.write(`${line}\n`);
      this.#last = performance.now();
    }
  }

  clear(): void {
    if (this.#shown) process.stderr.write("\r\u001b[2K");
    this.#shown = "";
  }
}

const progressText = ({ done, total, what }: Progress): string =>
  total > 1 ? `${String(done).padStart(String(total).length)}/${total}  ${what}` : what;

/** Runs a task in a host that is open. */
export type Call = <T>(task: string, args: unknown, listener?: (progress: Progress) => void) => Promise<T>;

/** Opens a host, does `work` in it, one task after another, and closes it. */
export async function withHost<T>(name: HostName, options: HostOptions, work: (call: Call) => Promise<T>): Promise<T> {
  const line = new ProgressLine();
  line.show(name === "chrome" ? "starting Chrome" : "starting Dawn");
  try {
    const host = await openHost(name, options);
    // The first Ctrl-C asks the task to save and end; the second ends at once.
    const interrupted = (): void => {
      line.clear();
      process.stderr.write("saving, then stopping (again to stop at once)\n");
      void host.stop();
    };
    if (options.outputs) process.once("SIGINT", interrupted);
    try {
      return await work(async (task, args, listener) => {
        try {
          return await host.call(task, args, (progress) => {
            line.show(progressText(progress));
            listener?.(progress);
          });
        } finally {
          line.clear();
        }
      });
    } finally {
      process.off("SIGINT", interrupted);
      await host.close();
    }
  } finally {
    line.clear();
  }
}

/** Opens a host, runs one task in it, and closes it. */
export const onHost = <T>(name: HostName, task: string, args: unknown, options: HostOptions = {}): Promise<T> =>
  withHost(name, options, (call) => call<T>(task, args));
