/** The probes of the ceilings compute what they say, and what they measure is of a possible size. */
import { describe, expect, test } from "vitest";
import { measureCeilings } from "../../src/bench/ceilings";
import { probes } from "../../src/bench/probes";
import { checkCase } from "../support/check";
import { sharedDevice } from "../support/device";

describe.each(probes.map((op) => [op.name, op] as const))("probe %s", (_, op) => {
  test.each(op.cases.map((one) => [one.name, one] as const))("case %s", async (_name, one) => {
    await checkCase(await sharedDevice(), op, one);
  });
});

test("ceilings are above what any kernel of ours reaches, and finite", async () => {
  const ceilings = await measureCeilings(await sharedDevice());
  expect(ceilings.gflops).toBeGreaterThan(2);
  expect(ceilings.gbps).toBeGreaterThan(0.1);
  expect(ceilings.gflops).toBeLessThan(1e6);
  expect(ceilings.gbps).toBeLessThan(1e5);
  expect(ceilings.dispatchUs).toBeGreaterThanOrEqual(0);
  expect(ceilings.roundTripMs).toBeGreaterThan(0);
});
