/** Train here, as a visitor uses it: a network learns three letters, and reads those that are drawn. */
import type { ElementHandle } from "puppeteer";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type Visitor, visit } from "./visitor";

let visitor: Visitor;
beforeAll(async () => {
  visitor = await visit("#/train");
});
afterAll(() => visitor?.close());
afterEach(() => expect(visitor.errors.splice(0)).toEqual([]));

const step = async (): Promise<number> => Number((await visitor.text(".train-step")).replaceAll(",", ""));

async function reaches(wanted: number): Promise<void> {
  await visitor.page.waitForFunction(
    (least) => Number(document.querySelector(".train-step")?.textContent?.replaceAll(",", "")) >= least,
    { timeout: 120_000 },
    wanted,
  );
}

const reads = (letter: string): Promise<void> => visitor.reads(new RegExp(`^${letter}$`), ".train-read");

/** Draws with the mouse, in parts of the pad's side. */
async function draw(strokes: readonly (readonly (readonly [number, number])[])[]): Promise<void> {
  const pad = (await visitor.page.waitForSelector(".train-pad canvas")) as ElementHandle;
  await pad.evaluate((element) => element.scrollIntoView({ block: "center", behavior: "instant" }));
  const box = await pad.boundingBox();
  if (!box) throw new Error("the pad is not shown");
  const { mouse } = visitor.page;
  for (const [first, ...rest] of strokes) {
    if (!first) continue;
    await mouse.move(box.x + first[0] * box.width, box.y + first[1] * box.height);
    await mouse.down();
    for (const [x, y] of rest) await mouse.move(box.x + x * box.width, box.y + y * box.height, { steps: 8 });
    await mouse.up();
  }
}

const ARC = Array.from({ length: 25 }, (_, i) => {
  const angle = -Math.PI / 2 + (2 * Math.PI * i) / 24;
  return [0.5 + 0.3 * Math.cos(angle), 0.5 + 0.38 * Math.sin(angle)] as const;
});

test("at least two letters are wanted", async () => {
  for (const letter of "ABCDEFGH") await visitor.click(`Learn ${letter}`);
  await visitor.reads(/Choose at least two letters/);
  expect(await visitor.page.$eval(".button-main", (button) => (button as HTMLButtonElement).disabled)).toBe(true);
  for (const letter of "LOX") await visitor.click(`Learn ${letter}`);
  await visitor.reads(/It has learnt nothing yet/);
  await visitor.page.waitForFunction(() => document.querySelectorAll(".train-study canvas").length === 3);
});

test("it learns while the page stays usable, pauses, and goes on", async () => {
  const workers = (): number => visitor.requests.filter((request) => /train\.worker/.test(request)).length;
  await expect.poll(workers, { timeout: 60_000 }).toBe(2);
  await visitor.page.waitForNetworkIdle();
  const asked = visitor.requests.length;
  await visitor.click("Start training");
  await reaches(5);
  expect(visitor.requests.slice(asked)).toEqual([]);
  await visitor.reads(/^\d\.\d+$/, ".train-loss");
  // The page answers while the worker is busy.
  await visitor.click(/mudar para português/);
  await visitor.reads(/Ensine uma rede a ler/);
  await visitor.click(/switch to English/);
  await visitor.click("Pause");
  await visitor.page.waitForSelector("[data-phase=paused]");
  const paused = await step();
  await new Promise((resolve) => setTimeout(resolve, 700));
  expect(await step()).toBe(paused);
  // Another section and back: the run is still there.
  await visitor.click("Learn");
  await visitor.reads(/one idea at a time/);
  await visitor.click("Train here");
  expect(await step()).toBe(paused);
  await visitor.click("Go on");
  await reaches(paused + 1);
});

test("it learns to tell letters apart that it has never seen", async () => {
  await reaches(80);
  await visitor.page.waitForFunction(
    () => Number.parseFloat(document.querySelector(".train-right")?.textContent ?? "") >= 90,
    { timeout: 120_000 },
  );
  expect((await visitor.page.$$(".train-charts canvas")).length).toBe(2);
  await visitor.click("Pause");
  await visitor.page.waitForSelector("[data-phase=paused]");
});

test("it reads letters that are drawn with the mouse, with keys, and for the visitor", async () => {
  await draw([
    [
      [0.35, 0.15],
      [0.35, 0.85],
      [0.75, 0.85],
    ],
  ]);
  await reads("L");
  await visitor.screenshot("train-drawn");
  await visitor.click("Clear");
  await draw([
    [
      [0.25, 0.15],
      [0.75, 0.85],
    ],
    [
      [0.75, 0.15],
      [0.25, 0.85],
    ],
  ]);
  await reads("X");
  await visitor.click("Clear");
  await draw([ARC]);
  await reads("O");
  await visitor.click("Clear");
  const { keyboard } = visitor.page;
  const press = async (key: "ArrowUp" | "ArrowDown" | "ArrowRight" | "ArrowLeft", times: number): Promise<void> => {
    for (let i = 0; i < times; i++) await keyboard.press(key);
  };
  await visitor.page.focus(".train-pad canvas");
  await press("ArrowLeft", 3);
  await press("ArrowUp", 7);
  await keyboard.press("Space");
  await visitor.reads(/Pen down/);
  await press("ArrowDown", 14);
  await press("ArrowRight", 8);
  await reads("L");
  await visitor.page.select(".train-which", "O");
  await visitor.click("Draw it");
  await reads("O");
});

test("nothing stands in the way, wide and narrow", async () => {
  expect(await visitor.barriers()).toEqual([]);
  await visitor.page.setViewport({ width: 1600, height: 900 });
  await visitor.screenshot("train-1600-light");
  await visitor.page.setViewport({ width: 360, height: 800 });
  await visitor.page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: "dark" }]);
  expect(await visitor.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  expect(await visitor.barriers()).toEqual([]);
  await visitor.screenshot("train-360-dark");
  await visitor.click("Start over");
  await visitor.reads(/Start training/);
  // Another run, on the same worker: nothing is left of the first.
  await visitor.click("Start training");
  await reaches(1);
  expect(await step()).toBeLessThan(80);
  await visitor.click("Start over");
});
