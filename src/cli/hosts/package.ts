/** Where this package lies, whether it runs from its build or from its sources. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { TandemError } from "../../core/errors";

const manifestOf = (folder: string): { name?: string; version?: string } => {
  const path = join(folder, "package.json");
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as { name?: string; version?: string }) : {};
};

/** The package's folder. */
export function packageFolder(): string {
  const start = dirname(fileURLToPath(import.meta.url));
  for (let folder = start; folder !== dirname(folder); folder = dirname(folder)) {
    if (manifestOf(folder).name === "tandem") return folder;
  }
  throw new TandemError(`the package "tandem" was not found above ${start}`);
}

export const packageVersion = (): string => manifestOf(packageFolder()).version ?? "unknown";

/** The built page. @throws TandemError saying how to build it. */
export function pageFolder(): string {
  const folder = join(packageFolder(), "dist", "page");
  if (existsSync(join(folder, "index.html"))) return folder;
  throw new TandemError("the page for the browser is not built. Run: npm run build");
}
