/** `npm run fuzz -- --minutes 10 --seed 7`: the test of damaged files, for as long as that. */
import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";

const { values } = parseArgs({ options: { minutes: { type: "string", default: "5" }, seed: { type: "string" } } });
const seed = values.seed ?? String(1 + (Date.now() % 2 ** 31));
if (!(Number(values.minutes) > 0) || !Number.isSafeInteger(Number(seed))) {
  console.error("fuzz: --minutes wants a number above 0, --seed a whole number");
  process.exit(64);
}
const { status } = spawnSync("npx", ["vitest", "run", "--project", "unit", "tests/unit/fuzz.test.ts"], {
  stdio: "inherit",
  shell: process.platform === "win32",
  env: { ...process.env, TANDEM_FUZZ_MINUTES: values.minutes, TANDEM_FUZZ_SEED: seed },
});
process.exit(status ?? 1);
