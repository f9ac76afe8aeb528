/** Which state of the sources runs. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { packageFolder, packageVersion } from "./package";

const run = promisify(execFile);

/** The version, and in a checkout the commit, with `+` where files were changed since. */
export async function tandemVersion(): Promise<{ readonly version: string; readonly commit: string | null }> {
  const version = packageVersion();
  try {
    const cwd = packageFolder();
    const { stdout: top } = await run("git", ["rev-parse", "--show-toplevel"], { cwd });
    // Installed somewhere below another project's checkout: that commit says nothing of this package.
    if (top.trim() !== cwd) return { version, commit: null };
    const { stdout: commit } = await run("git", ["rev-parse", "--short=12", "HEAD"], { cwd });
    const { stdout: changed } = await run("git", ["status", "--porcelain", "--untracked-files=no"], { cwd });
    return { version, commit: commit.trim() + (changed.trim() ? "+" : "") };
  } catch {
    return { version, commit: null };
  }
}
