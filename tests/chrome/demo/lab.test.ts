/** Lab, as a visitor uses it: a sweep with charts, a kernel of one's own with its errors, files in and out. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { readResults } from "../../../src/bench/results";
import { results, row, samplesAround } from "../../support/results";
import { type Visitor, visit } from "./visitor";

const scratch = mkdtempSync(join(tmpdir(), "tandem-lab-page-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function file(name: string, content: unknown): string {
  const path = join(scratch, name);
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

const FILES = ".lab-file input";

describe("the lab", () => {
  let visitor: Visitor;
  beforeAll(async () => {
    visitor = await visit("#/lab");
  });
  afterAll(() => visitor?.close());
  afterEach(() => expect(visitor.errors.splice(0)).toEqual([]));

  /** Types over what a field holds. */
  async function type(selector: string, text: string): Promise<void> {
    const field = await visitor.page.waitForSelector(selector);
    await field?.click({ count: 3 });
    await visitor.page.keyboard.press("Backspace");
    await field?.type(text);
  }

  async function measured(): Promise<void> {
    await visitor.page.waitForFunction(() => !document.querySelector<HTMLButtonElement>(".lab .button-main")?.disabled);
  }

  /** What the page would save as `name`. */
  async function saved(button: string): Promise<string> {
    await visitor.page.evaluate(() => {
      const make = URL.createObjectURL.bind(URL);
      URL.createObjectURL = (blob: Blob) => {
        void blob.text().then((text) => {
          (window as unknown as { saved: string }).saved = text;
        });
        return make(blob);
      };
    });
    await visitor.click(button);
    await visitor.page.waitForFunction(() => (window as unknown as { saved?: string }).saved !== undefined);
    return visitor.page.evaluate(() => (window as unknown as { saved: string }).saved);
  }

  test("has an editor that is not loaded before it is wanted", async () => {
    await visitor.reads(/What to measure/i);
    expect(visitor.requests.filter((address) => /editor/.test(address))).toEqual([]);
    await visitor.page.click("#lab-own ~ label input");
    await visitor.page.waitForSelector(".cm-content");
    await visitor.reads(/It compiles, and fits the op/);
  });

  test("shows compile errors at their line while one types", async () => {
    const last = await visitor.page.waitForSelector(".cm-line:nth-child(21)");
    await last?.click();
    await visitor.page.keyboard.press("End");
    await visitor.page.keyboard.type(" let broken = nothing;");
    await visitor.reads(/line 21: .*/, ".lab-messages");
    await visitor.page.waitForSelector(".cm-lint-marker-error");
    await visitor.screenshot("lab-error");
    await visitor.click("Measure");
    await visitor.reads(
      /kernel\.wgsl cannot be used:|kernel\.wgsl: cannot be used:[\s\S]*kernel\.wgsl:21:/,
      ".lab-problem",
    );
    await visitor.click("Start from the example");
    await visitor.reads(/It compiles, and fits the op/);
  });

  test("says what fits no op, too", async () => {
    await visitor.page.select("#lab-subject", "relu");
    await visitor.reads(/wants tensor "a"|no dimension of this op/, ".lab-messages");
    await visitor.page.select("#lab-subject", "matmul");
    await visitor.reads(/It compiles, and fits the op/);
  });

  test("sweeps an op with the visitor's kernel beside ours, and draws what comes", async () => {
    await type("#lab-axis-m", "16,33");
    await type("#lab-axis-n", "20");
    await visitor.click("Measure");
    await visitor.reads(/matmul m=33 n=20/, ".lab-table");
    await measured();
    const cells = await visitor.page.$$eval(".lab-table tbody tr", (rows) =>
      rows.map((each) => [...each.querySelectorAll("th, td")].slice(0, 2).map((cell) => cell.textContent)),
    );
    expect(cells.map(([workload]) => workload)).toEqual([16, 16, 33, 33].map((m) => `matmul m=${m} n=20`));
    expect(cells.filter(([, kernel]) => kernel === "kernel")).toHaveLength(2);
    expect(await visitor.page.$$eval(".lab-chart svg circle", (dots) => dots.length)).toBeGreaterThanOrEqual(4);
    await visitor.screenshot("lab");
    await visitor.click("Roofline");
    await visitor.page.waitForSelector(".lab-chart .roof");
    await visitor.screenshot("lab-roofline");
    const report = readResults(await saved("Save as JSON"), "bench.json");
    expect(report).toMatchObject({ host: { name: "page" }, failures: [] });
    expect(report.rows).toHaveLength(4);
  });

  test("compares with what was kept, and with files of the command line unless they are of another machine", async () => {
    await visitor.click("Keep as baseline");
    await visitor.reads(/Compared with the results kept before/);
    await visitor.reads(/same|unsure/, ".lab-verdict");
    const verdicts = await visitor.page.$$eval(".lab-verdict", (all) => all.map((each) => each.textContent));
    expect(verdicts).not.toContain("slower");

    const one = (ns: number) => results([row({ workload: "matmul m=8", samples: samplesAround(ns, 30, 0.01, 1) })]);
    await visitor.pick(FILES, file("now.json", one(2000)));
    await visitor.reads(/matmul m=8/, ".lab-table");
    await visitor.pick(`label:nth-of-type(2)${FILES}`, file("before.json", one(1000)));
    await visitor.reads(/Compared with before\.json/);
    await visitor.reads(/^slower$/, ".lab-verdict");
    await visitor.screenshot("lab-compare");
    const other = { ...one(1000), host: { name: "chrome", version: "Chrome/1", flags: [] } };
    await visitor.pick(`label:nth-of-type(2)${FILES}`, file("other.json", other));
    await visitor.reads(/cannot be compared: the hosts differ/);
    await visitor.pick(FILES, file("broken.json", '{"schema": "tandem-bench-1"}'));
    await visitor.reads(/broken\.json: has the schema "tandem-bench-1"/);
  });

  test("has no barriers that axe finds", async () => {
    expect(await visitor.barriers()).toEqual([]);
  });
});

test("the lab speaks Portuguese, in the dark, on a narrow screen", async () => {
  const visitor = await visit("#/lab", { language: "pt-BR", theme: "dark", width: 360, height: 780 });
  try {
    await visitor.reads(/Um laboratório de kernels/);
    await visitor.click("Medir");
    await visitor.reads(/matmul m=64/, ".lab-table");
    await visitor.click("Parar");
    await visitor.page.waitForFunction(() => !document.querySelector<HTMLButtonElement>(".lab .button-main")?.disabled);
    await visitor.screenshot("lab-pt-dark-narrow");
    const wide = await visitor.page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
    expect(wide).toBe(false);
    expect(visitor.errors).toEqual([]);
  } finally {
    await visitor.close();
  }
});
