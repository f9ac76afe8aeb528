/** The page around its sections: without WebGPU, after a lost device, in two languages and themes, at every width, offline. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, inject, test } from "vitest";
import { KEEP_DEVICES, type VisitOptions, type Visitor, visit } from "./visitor";

let visitor: Visitor | undefined;
const open = async (hash: string, options: VisitOptions = {}): Promise<Visitor> => {
  visitor = await visit(hash, options);
  return visitor;
};
afterEach(async () => {
  const { errors = [] } = visitor ?? {};
  await visitor?.close();
  visitor = undefined;
  expect(errors).toEqual([]);
});

const FIRST = ".classify-result:not([data-stale=true]) .classify-first";

/** What each section shows when it has something to show. */
const SHOWN = { classify: FIRST, inside: ".inside-towers canvas", devices: ".devices-verdict" } as const;

test("all scripts together stay below 500 kB, compressed, and every address is relative", () => {
  const { folder } = inject("demo");
  const scripts = readdirSync(join(folder, "assets")).filter((name) => name.endsWith(".js"));
  const sizes = scripts.map((name) => gzipSync(readFileSync(join(folder, "assets", name)), { level: 9 }).length);
  expect(sizes.reduce((a, b) => a + b, 0)).toBeLessThan(500_000);
  expect(readFileSync(join(folder, "index.html"), "utf8")).not.toMatch(/(src|href)="\//);
});

test("a browser without WebGPU is told which browsers have it, and which flag helps", async () => {
  const page = await open("#/classify", {
    before: "Object.defineProperty(Navigator.prototype, 'gpu', { get: () => undefined });",
  });
  await page.reads(/This browser shows no GPU/);
  await page.reads(/Chrome or Edge 113.*Safari 26.*Firefox 141.*--enable-unsafe-webgpu/s);
  expect(await page.barriers()).toEqual([]);
  await page.screenshot("missing");
  await page.click("Try again");
  await page.reads(/This browser shows no GPU/);
});

test("a lost device comes back by one click, with the picture that was chosen", async () => {
  const page = await open("#/classify", { before: KEEP_DEVICES });
  await page.reads(/^R$/, FIRST);
  await page.page.click(".thumb:nth-child(4)");
  await page.reads(/^G$/, FIRST);
  await page.page.evaluate(() => (window as unknown as { opened: GPUDevice[] }).opened[0]?.destroy());
  await page.reads(/The GPU went away/);
  expect(await page.barriers()).toEqual([]);
  await page.screenshot("lost");
  await page.click("Open it again");
  await page.reads(/^G$/, FIRST);
});

test("the language is the browser's until the visitor chooses another", async () => {
  const page = await open("#/classify", { language: "pt-BR" });
  await page.reads(/O que a rede vê\?/);
  expect(await page.page.$eval("html", ({ lang }) => lang)).toBe("pt-BR");
  await page.reads(/^R$/, FIRST);
  await page.screenshot("portuguese");
  await page.click(/switch to English/);
  await page.reads(/What does the network see\?/);
  await page.page.reload();
  await page.reads(/What does the network see\?/);
  expect(await page.page.$eval("html", ({ lang }) => lang)).toBe("en");
});

test("the theme is the system's until the visitor chooses the other", async () => {
  const page = await open("#/classify", { theme: "dark" });
  const ground = () => page.page.$eval("body", (body) => getComputedStyle(body).backgroundColor);
  await page.page.waitForSelector(".setting");
  const dark = await ground();
  await page.click("Switch to light colours");
  const light = await ground();
  expect(light).not.toBe(dark);
  await page.page.reload();
  await page.page.waitForSelector(".setting");
  expect(await ground()).toBe(light);
});

test("by keyboard: the first stop skips to the content, a section is opened with Enter and gets the focus", async () => {
  const { page } = await open("#/classify");
  await page.waitForSelector(".nav a");
  await page.keyboard.press("Tab");
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Skip to the content");
  await page.keyboard.press("Enter");
  expect(await page.evaluate(() => document.activeElement?.id)).toBe("main");
  await page.focus('.nav a[href="#/inside"]');
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.querySelector("h1")?.textContent === "Look inside");
  expect(await page.evaluate(() => document.activeElement?.id)).toBe("main");
  expect(await page.title()).toMatch(/^Look inside/);
});

test("once it is there, the page asks the network for nothing that it does not have", async () => {
  const page = await open("#/classify");
  await page.reads(/^R$/, FIRST);
  await page.page.waitForNetworkIdle({ idleTime: 1500 });
  page.requests.splice(0);
  await page.page.select(".select", "textures");
  await page.reads(/^(brick|grass|gravel)$/, FIRST);
  for (const section of await page.page.$$eval(".nav a", (links) => links.map((link) => link.textContent ?? ""))) {
    await page.click(section);
    await page.page.waitForFunction((name) => document.title.startsWith(name), {}, section);
    await page.page.waitForSelector("h1");
  }
  await page.click("Classify");
  await page.page.waitForSelector(FIRST);
  await page.page.select(".select", "caffe");
  await page.page.waitForSelector(".thumb canvas[aria-label=Rocket]");
  // A worker loads its own script: from the browser's cache, unless the server forbids keeping it, as this one does.
  expect(page.requests.filter((url) => !/\.worker-[^/]*\.js$/.test(url))).toEqual([]);
});

describe.each([
  { width: 360, height: 740, theme: "dark" },
  { width: 1600, height: 1000, theme: "light" },
] as const)("at $width pixels, $theme", ({ width, height, theme }) => {
  test.each(["classify", "inside", "devices"] as const)("%s fits and has no barriers", async (section) => {
    const page = await open(`#/${section}`, { width, height, theme });
    await page.page.waitForSelector(SHOWN[section]);
    expect(await page.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    expect(await page.barriers()).toEqual([]);
    await page.screenshot(`${section}-${width}-${theme}`);
  });
});
