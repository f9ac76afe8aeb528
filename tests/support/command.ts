/** Runs the command line in this process, with its output kept, less its colours: those depend on where it runs. */
import { stripVTControlCharacters } from "node:util";
import { vi } from "vitest";
import { EXIT, told } from "../../src/cli/exit";
import { program } from "../../src/cli/program";

/** What `tandem ARGS` prints, on both streams, and its exit status. */
export async function command(...args: string[]): Promise<{ status: number; output: string }> {
  let output = "";
  const write = (text: string): void => {
    output += text;
  };
  const keep = { writeOut: write, writeErr: write };
  const root = program().configureOutput(keep);
  for (const each of root.commands) each.configureOutput(keep);
  const log = vi.spyOn(console, "log").mockImplementation((...parts) => write(`${parts.join(" ")}\n`));
  const before = process.exitCode;
  process.exitCode = undefined;
  try {
    await root.parseAsync(args, { from: "user" });
    return { status: Number(process.exitCode ?? EXIT.fine), output: stripVTControlCharacters(output) };
  } catch (error) {
    const status = told(error, write);
    return { status, output: stripVTControlCharacters(output) };
  } finally {
    process.exitCode = before;
    log.mockRestore();
  }
}
