#!/usr/bin/env node
/** The command as npm links it: a file that is always there and executable, before and after the build. */
import { existsSync } from "node:fs";

const built = new URL("../dist/cli/tandem.js", import.meta.url);
if (existsSync(built)) {
  await import(built.href);
} else {
  process.stderr.write("tandem: not built yet. Run: npm run build\n");
  process.exitCode = 1;
}
