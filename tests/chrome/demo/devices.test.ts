/** Two devices, as a visitor uses it. */
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { KEEP_DEVICES, type Visitor, visit } from "./visitor";

const RESULT = ".devices-result:not([data-stale=true])";

let visitor: Visitor;
beforeAll(async () => {
  visitor = await visit("#/devices", { before: KEEP_DEVICES });
});
afterAll(() => visitor?.close());
afterEach(() => expect(visitor.errors.splice(0)).toEqual([]));

const blocks = (tower: string) =>
  visitor.page.$$eval(`.devices-block[data-tower="${tower}"] .devices-name`, (all) =>
    all.map(({ textContent }) => textContent),
  );

/** Reads a result that agrees, of the layout that was asked for. */
async function agrees(layout: string): Promise<void> {
  await visitor.page.waitForSelector(`${RESULT}[data-layout="${layout}"] .devices-verdict[data-agrees=true]`);
  expect(await visitor.text(".devices-verdict")).toMatch(/^Yes\. The largest difference .* is \d(\.\d)?e[-+]\d+\.$/);
}

test("two towers exchange at a few layers, and answer as one device does", async () => {
  await agrees("two-tower");
  expect(await blocks("a")).toEqual(["conv1", "conv2", "conv3", "conv4", "conv5", "fc6", "fc7", "fc8"]);
  expect(await blocks("b")).toEqual(["conv1", "conv2", "conv3", "conv4", "conv5", "fc6", "fc7"]);
  const crossings = await visitor.page.$$eval(".devices-arrow", (all) => all.map(({ textContent }) => textContent));
  expect(crossings.length).toBeGreaterThan(6);
  for (const crossing of crossings) expect(crossing).toMatch(/^to device [12]: [\d.]+ k?B, [\d.]+ m?s$/);
  expect((await visitor.page.$$(".devices-span")).length).toBeGreaterThan(20);
  expect(await visitor.text(".devices-result")).toMatch(/One deviceR, 9\d\.\d+%This layoutR, 9\d\.\d+%/);
  await visitor.screenshot("devices");
});

test("layouts are switched, and all of them agree", async () => {
  await visitor.click("Half the pictures each");
  await agrees("data-parallel");
  expect(await blocks("b")).toContain("conv5");
  await visitor.click("Hybrid");
  await agrees("hybrid");
  await visitor.click("One device");
  await agrees("single");
  expect(await blocks("b")).toEqual([]);
  expect((await visitor.page.$$(".devices-arrow")).length).toBe(0);
});

test("another picture runs on both", async () => {
  await visitor.page.click(".thumb:nth-child(2)");
  await visitor.reads(/This layout\s+A, /, RESULT);
});

test("when one of the two is lost, one click opens both again", async () => {
  await visitor.page.evaluate(() => (window as unknown as { opened: GPUDevice[] }).opened.at(-1)?.destroy());
  await visitor.reads(/One of the two devices was lost/);
  await visitor.click("Open both again");
  await visitor.page.waitForFunction(() => !/was lost/.test(document.body.innerText));
  await agrees("single");
});
