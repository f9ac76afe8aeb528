/** Classify, as a visitor uses it. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from "vitest";
import { models, writeSafetensors } from "../../../src/index";
import { type Visitor, visit } from "./visitor";

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const read = (path: string) => ({ name: path.split("/").at(-1) ?? "", bytes: readFileSync(at(path)) });

const FIRST = ".classify-result:not([data-stale=true]) .classify-first";
const scratch = mkdtempSync(join(tmpdir(), "tandem-page-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function weightsFile(model: keyof typeof models, seed: number): string {
  const path = join(scratch, `${model}-${seed}.safetensors`);
  writeFileSync(path, writeSafetensors(models[model].initialise(seed)));
  return path;
}

describe("letters", () => {
  let visitor: Visitor;
  beforeAll(async () => {
    visitor = await visit("#/classify");
  });
  afterAll(() => visitor?.close());
  afterEach(() => expect(visitor.errors.splice(0)).toEqual([]));

  test("are read at once, with a time and where it ran", async () => {
    expect(await visitor.text(FIRST)).toBe("R");
    expect(await visitor.text(".classify-time")).toMatch(/^[\d.]+ m?s$/);
    expect(await visitor.text(".classify-facts")).toMatch(/swiftshader.*software adapter/i);
    const rows = await visitor.page.$$eval(".bar", (bars) => bars.map((bar) => bar.textContent ?? ""));
    expect(rows.length).toBe(5);
    expect(rows[0]).toMatch(/^R(100|9\d(\.\d)?)%$/);
    await visitor.screenshot("classify");
  });

  test("are read as each is clicked", async () => {
    const thumbs = await visitor.page.$$(".thumb");
    expect(thumbs.length).toBe(7);
    for (const thumb of thumbs.slice(1)) {
      const letter = await thumb.$eval("canvas", (canvas) => canvas.getAttribute("aria-label") ?? "");
      await thumb.click();
      await visitor.reads(new RegExp(`^${letter}$`), FIRST);
    }
  });

  test("a dropped picture is looked at, and a broken one is refused in words", async () => {
    await visitor.drop(".picture-input", [read("../../../demo/photographs/chelsea.png")]);
    await visitor.page.waitForSelector('.picture-shown[aria-label*="chelsea.png"]');
    await visitor.drop(".picture-input", [read("../../images/truncated.jpg")]);
    await visitor.reads(/truncated\.jpg is no picture that the browser can decode/);
    await visitor.screenshot("classify-broken");
    // The page goes on, with the picture from before until there is another.
    await visitor.page.waitForSelector('.picture-shown[aria-label*="chelsea.png"]');
    await visitor.page.click(".thumb:nth-child(2)");
    await visitor.reads(/^A$/, FIRST);
  });

  test("a pasted picture is looked at", async () => {
    const { bytes } = read("../../../demo/photographs/surfaces/brick.png");
    await visitor.page.evaluate((base64) => {
      const transfer = new DataTransfer();
      const raw = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      transfer.items.add(new File([raw], "image.png", { type: "image/png" }));
      window.dispatchEvent(new ClipboardEvent("paste", { clipboardData: transfer, cancelable: true }));
    }, bytes.toString("base64"));
    await visitor.page.waitForSelector('.picture-shown[aria-label*="Pasted picture"]');
  });

  test("a picked picture is looked at", async () => {
    await visitor.pick(".picture-input input[type=file]", at("../../../demo/photographs/rocket.jpg"));
    await visitor.page.waitForSelector('.picture-shown[aria-label*="rocket.jpg"]');
  });

  test("a photograph is taken with the camera", async () => {
    await visitor.click("Use the camera");
    await visitor.page.waitForSelector("video");
    await visitor.screenshot("classify-camera");
    await visitor.page.waitForFunction(
      () => !document.querySelector<HTMLButtonElement>(".picture-input .button-main")?.disabled,
    );
    await visitor.click("Take the picture");
    await visitor.page.waitForSelector('.picture-shown[aria-label*="Photograph"]');
    expect(await visitor.page.$("video")).toBeNull();
  });
});

describe("weights", () => {
  let visitor: Visitor;
  beforeAll(async () => {
    visitor = await visit("#/classify");
  });
  afterAll(() => visitor?.close());
  afterEach(() => expect(visitor.errors.splice(0)).toEqual([]));

  test("of surfaces tell brick, grass and gravel apart", async () => {
    await visitor.page.waitForSelector(".select");
    await visitor.page.select(".select", "textures");
    await visitor.page.waitForSelector(".thumb canvas[aria-label=gravel]");
    for (const thumb of await visitor.page.$$(".thumb")) {
      const surface = await thumb.$eval("canvas", (canvas) => canvas.getAttribute("aria-label") ?? "");
      await thumb.click();
      await visitor.reads(new RegExp(`^${surface}$`), FIRST);
    }
    await visitor.screenshot("classify-surfaces");
  });

  test("of another network are refused in words, and those from before stay", async () => {
    await visitor.page.select(".select", "glyphs");
    await visitor.click("Load weights");
    await visitor.drop(".weights-box", [
      { name: "other.safetensors", bytes: readFileSync(weightsFile("alexnet-tiny", 1)) },
    ]);
    await visitor.reads(/cannot be used\. other\.safetensors: does not fit alexnet-glyphs: "conv1\.weight" is/);
    await visitor.screenshot("classify-wrong-weights");
    await visitor.drop(".weights-box", [{ name: "notes.txt", bytes: new TextEncoder().encode("no weights at all") }]);
    await visitor.reads(/cannot be used\. notes\.txt: is no file of tensors that is known/);
    await visitor.reads(/Trained weights, shipped with this page/);
    await visitor.page.click(".thumb:nth-child(3)");
    await visitor.reads(/^8$/, FIRST);
  });

  test("from a file are used, kept for the next visit, and given up again", async () => {
    await visitor.pick(".weights-file", weightsFile("alexnet-glyphs", 5));
    await visitor.reads(/Weights from alexnet-glyphs-5\.safetensors\./);
    await visitor.page.reload();
    await visitor.reads(/Weights from alexnet-glyphs-5\.safetensors, kept by your browser/);
    await visitor.page.waitForSelector(FIRST);
    await visitor.click("Load weights");
    await visitor.click("Use the weights from before");
    await visitor.reads(/^R$/, FIRST);
  });

  test("come from an address, and one that does not answer is told", async () => {
    const { folder, address } = inject("demo");
    const asset = readdirSync(join(folder, "assets")).find((name) => /^alexnet-glyphs.*safetensors$/.test(name)) ?? "";
    const url = new URL(`assets/${asset}`, address).href;
    await visitor.page.type(".weights-address input", url);
    await visitor.click("Load");
    await visitor.reads(new RegExp(`Weights from ${url.replaceAll(".", "\\.")}`));
    await visitor.reads(/^R$/, FIRST);
    await visitor.page.$eval(".weights-address input", (field) => {
      (field as HTMLInputElement).select();
    });
    await visitor.page.type(".weights-address input", "http://127.0.0.1:9/none.safetensors");
    await visitor.click("Load");
    await visitor.reads(/could not be fetched: the address does not answer/);
    // The browser logs the failure by itself.
    expect(visitor.errors.splice(0).every((error) => /Failed to load|ERR_/.test(error))).toBe(true);
  });

  test("of the full size are drawn from a seed and said to be random, until there are others", async () => {
    await visitor.page.select(".select", "torchvision");
    await visitor.reads(/These weights are random \(seed 2012\)/);
    await visitor.reads(/^class \d+$/, FIRST);
    await visitor.reads(/random answers/i, ".classify-result");
    await visitor.screenshot("classify-full-size");
  });
});
