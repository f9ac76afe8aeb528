/** Look inside, as a visitor uses it. */
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type Visitor, visit } from "./visitor";

let visitor: Visitor;
beforeAll(async () => {
  visitor = await visit("#/inside");
});
afterAll(() => visitor?.close());
afterEach(() => expect(visitor.errors.splice(0)).toEqual([]));

/** How many different colours a canvas shows, and whether blue or red is the stronger on average. */
const painted = (selector: string) =>
  visitor.page.$eval(selector, (element) => {
    const canvas = element as HTMLCanvasElement;
    const data = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
    const colours = new Set<number>();
    let [red, blue] = [0, 0];
    for (let i = 0; i < data.length; i += 4) {
      red += data[i] as number;
      blue += data[i + 2] as number;
      colours.add(((data[i] as number) << 16) | ((data[i + 1] as number) << 8) | (data[i + 2] as number));
    }
    return { colours: colours.size, blue: blue > red };
  });

test("each layer is a row with its shape, weights, operations and time", async () => {
  await visitor.page.waitForFunction(() => / ms|µs/.test(document.querySelector(".inside-time")?.textContent ?? ""));
  const rows = await visitor.page.$$eval(".inside-summary", (all) => all.map((row) => row.textContent ?? ""));
  expect(rows.length).toBe(16);
  expect(rows[0]).toMatch(/^conv1 \+ relu1Shape 16×24×24Weights 416Operations 470K.*\d ms$/i);
  expect(rows.at(-1)).toMatch(/^softmax/);
});

test("a layer's maps are drawn in the colours of their towers, and only pixels come back", async () => {
  await visitor.reads(/Tower A: 8 maps/, ".inside-maps");
  const [a, b] = [
    await painted('.inside-detail [data-tower="a"] canvas'),
    await painted('.inside-detail [data-tower="b"] canvas'),
  ];
  expect([a.blue, b.blue]).toEqual([true, false]);
  expect(Math.min(a.colours, b.colours)).toBeGreaterThan(50);
  await visitor.reads(/only the pixels that you see came back, [\d.]+ kB/);
  expect((await visitor.page.$$(".inside-best canvas")).length).toBe(6);
  expect(await visitor.barriers()).toEqual([]);
  await visitor.screenshot("inside");
});

test("another layer opens by keyboard, in the order that is asked for", async () => {
  const rows = await visitor.page.$$(".inside-summary");
  await rows[3]?.focus();
  await visitor.page.keyboard.press("Enter");
  await visitor.reads(/Tower B: 16 maps/, ".inside-maps");
  await visitor.page.focus('.inside-maps [aria-checked="true"]');
  await visitor.page.keyboard.press("ArrowRight");
  await visitor.page.waitForFunction(
    () => document.querySelector('.inside-maps [aria-checked="true"]')?.textContent === "The layer’s own",
  );
  const before = await painted('.inside-detail [data-tower="a"] canvas');
  expect(before.colours).toBeGreaterThan(20);
});

test("the first filters stand in their towers", async () => {
  for (const tower of ["a", "b"]) {
    const patch = await painted(`section [data-tower="${tower}"] canvas`);
    expect(patch.colours, tower).toBeGreaterThan(50);
  }
});

test("covering the picture shows what matters in it", async () => {
  await visitor.click("Cover the picture");
  await visitor.reads(/“R” had (100|9\d(\.\d)?)%\. With the place covered that matters most it has \d/);
  await visitor.screenshot("inside-occlusion");
});

test("another picture is looked at in every part", async () => {
  await visitor.page.click(".thumb:nth-child(3)");
  await visitor.page.waitForFunction(() => !document.querySelector(".inside-covered"));
  await visitor.click("Cover the picture");
  await visitor.reads(/“8” had/);
});
