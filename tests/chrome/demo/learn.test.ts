/** The lessons, as a student uses them: what is shown is what the slides' worked examples come to. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type Visitor, visit } from "./visitor";

const LESSONS = [
  "kernels",
  "pooling",
  "activations",
  "softmax",
  "dropout",
  "augmentation",
  "alexnet",
  "rnn",
  "gradients",
  "lstm",
] as const;

let visitor: Visitor;
/** How many requests loading took. */
let asked: number;

/** Goes to a lesson by its address, without loading the page again. */
async function open(lesson: (typeof LESSONS)[number], by = visitor): Promise<void> {
  await by.page.evaluate((hash) => {
    location.hash = hash;
  }, `#/learn/${lesson}`);
  await by.page.waitForFunction(
    (hash) => document.querySelector(`.learn-list a[aria-current=page][href="${hash}"]`),
    {},
    `#/learn/${lesson}`,
  );
}

/** Moves the handle named `label` to its lowest place and up by `steps`, by keys. */
async function slide(label: string, steps: number, which = 0): Promise<void> {
  const fields = await visitor.page.$$(
    `xpath/.//label[starts-with(normalize-space(.), "${label}")]/following-sibling::input`,
  );
  await fields[which]?.focus();
  await visitor.page.keyboard.press("Home");
  for (let i = 0; i < steps; i++) await visitor.page.keyboard.press("ArrowRight");
}

async function type(label: string, text: string): Promise<void> {
  await visitor.page.click(`input[aria-label="${label}"]`);
  await visitor.page.keyboard.type(text);
}

/** Waits until the cells in `selector` read so, row by row. */
async function cells(selector: string, wanted: string): Promise<void> {
  await visitor.page
    .waitForFunction(
      (where, text) =>
        [...document.querySelectorAll(`${where} .learn-cells > *`)].map((cell) => cell.textContent).join(" ") === text,
      { timeout: 60_000 },
      selector,
      wanted,
    )
    .catch(async () => {
      const got = await visitor.page.$$eval(`${selector} .learn-cells > *`, (all) =>
        all.map((cell) => cell.textContent),
      );
      expect(got.join(" ")).toBe(wanted);
    });
}

/** The mean of a canvas's red, green and blue. */
const brightness = (selector: string): Promise<number> =>
  visitor.page.$eval(selector, (element) => {
    const canvas = element as HTMLCanvasElement;
    const data = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
    let sum = 0;
    for (let i = 0; i < data.length; i += 4) sum += (data[i] ?? 0) + (data[i + 1] ?? 0) + (data[i + 2] ?? 0);
    return sum / (0.75 * data.length);
  });

beforeAll(async () => {
  visitor = await visit("#/learn");
  await visitor.page.waitForSelector(".learn-lesson");
  // The other sections follow when the page is idle; the last thing asked for is the worker of one, by page and worker.
  const workers = (): number => visitor.requests.filter((request) => /train\.worker/.test(request)).length;
  while (workers() < 2) await new Promise((resolve) => setTimeout(resolve, 100));
  await visitor.page.waitForNetworkIdle();
  asked = visitor.requests.length;
});
afterAll(() => visitor?.close());
afterEach(() => expect(visitor.errors.splice(0)).toEqual([]));

describe("image kernels", () => {
  test("on numbers: the window, the sum and the formula of the slides' example", async () => {
    await cells(".kernels-answer", "91 100 88 69 91 117 44 72 74");
    await visitor.reads(/⌊\(7 \+ 2·0 − 3\) \/ 2⌋ \+ 1 = 3/);
    await visitor.reads(/3·2 \+ 4·3 \+ 4·7 \+ 1·6 \+ 0·6 \+ 2·9 − 1·3 \+ 0·4 \+ 3·8 = 91/);
    await visitor.click(/Output, 3 × 3 2, 3: 117/);
    await visitor.reads(/= 117/);
    await slide("Stride", 0, 1);
    await cells(".kernels-answer", "91 80 100 84 88 99 106 126 92 77 69 98 91 93 117 80 79 87 93 61 44 72 72 63 74");
    await slide("Stride", 1, 1);
    await slide("Padding", 1, 1);
    await cells(".kernels-answer", "24 29 12 -2 80 106 92 30 70 79 93 21 22 45 82 37");
    await visitor.reads(/⌊\(7 \+ 2·1 − 3\) \/ 2⌋ \+ 1 = 4/);
    await slide("Padding", 0, 1);
    await slide("Dilation", 3, 1);
    await visitor.reads(/The kernel spans 9\./);
    await visitor.reads(/no window fits/);
    await slide("Dilation", 0, 1);
    await cells(".kernels-answer", "91 100 88 69 91 117 44 72 74");
  });

  test("on a picture: presets, a number of one's own, a picture of one's own, a broken one", async () => {
    await visitor.reads(/After the kernel: 320 × 213/);
    await visitor.click("Identity");
    await visitor.page.waitForFunction(
      () => document.querySelector<HTMLInputElement>('input[aria-label="Kernel 1, 1"]')?.value === "0",
    );
    await expect.poll(() => brightness(".kernels-output"), { timeout: 60_000 }).toBeGreaterThan(60);
    const plain = await brightness(".kernels-output");
    await type("Kernel 2, 2", "0.5");
    await expect.poll(() => brightness(".kernels-output"), { timeout: 60_000 }).toBeLessThan(0.55 * plain);
    await visitor.click("Outline");
    await expect.poll(() => brightness(".kernels-output"), { timeout: 60_000 }).toBeLessThan(0.4 * plain);
    const chelsea = fileURLToPath(new URL("../../../demo/photographs/chelsea.png", import.meta.url));
    await visitor.drop(".picture-input", [{ name: "cat.png", bytes: readFileSync(chelsea) }]);
    await visitor.reads(/After the kernel: 320 × 213/);
    await visitor.page.waitForSelector('[aria-label="The picture: cat.png"]');
    await slide("Stride", 1);
    await visitor.reads(/After the kernel: 160 × 107/);
    await visitor.drop(".picture-input", [{ name: "broken.png", bytes: new Uint8Array([1, 2, 3]) }]);
    await visitor.reads(/broken\.png is no picture/);
    await visitor.reads(/After the kernel: 160 × 107/);
  });
});

test("pooling of the slides' map, and of numbers of one's own", async () => {
  await open("pooling");
  await cells(".pooling-answer", "20 30 112 37");
  await visitor.click("Mean");
  await cells(".pooling-answer", "13 8 79 19.5");
  await visitor.click("Largest");
  await slide("Window", 2);
  await cells(".pooling-answer", "70");
  await visitor.reads(/The windows overlap/);
  await visitor.click("is clipped");
  await cells(".pooling-answer", "70 37 112 37");
  await type("A feature map: change its numbers 1, 1", "99");
  await cells(".pooling-answer", "99 37 112 37");
});

test("activation functions: what ten sigmoids leave of a slope", async () => {
  await open("activations");
  await visitor.reads(/^1$/, ".activations-slope");
  await visitor.click("Sigmoid");
  await slide("Input x", 80);
  await visitor.reads(/^0\.25$/, ".activations-slope");
  await slide("Layers", 9);
  await visitor.reads(/10⁻⁷$/, ".activations-slope");
});

test("softmax of the slides' scores, hot and cold", async () => {
  await open("softmax");
  await visitor.reads(/h\s+41\.97%\s+e\s+19\.47%\s+l\s+16\.24%\s+o\s+22\.31%/, ".softmax-shares");
  await visitor.reads(/up, by 0\.838/);
  await slide("Temperature", 0);
  await visitor.reads(/h\s+99\.\d+%/, ".softmax-shares");
});

test("dropout: a mask comes back with its step", async () => {
  await open("dropout");
  const mask = (): Promise<string> =>
    visitor.page.$$eval(".dropout-units span", (units) =>
      units.map((unit) => (unit as HTMLElement).dataset.kept).join(" "),
    );
  await visitor.reads(/^\d+ \/ 96/, ".dropout-kept");
  const first = await mask();
  await slide("Step of training", 1);
  await expect.poll(mask).not.toBe(first);
  await slide("Step of training", 0);
  await expect.poll(mask).toBe(first);
  await slide("Probability", 0);
  await visitor.reads(/^96 \/ 96 \(100%\)$/, ".dropout-kept");
});

test("augmentation: other cuts, and none", async () => {
  await open("augmentation");
  const names = (): Promise<string[]> =>
    visitor.page.$$eval(".augmentation-variants canvas", (all) => all.map((each) => each.ariaLabel ?? ""));
  const before = await names();
  expect(before).toHaveLength(6);
  await expect.poll(() => brightness(".augmentation-variants canvas"), { timeout: 60_000 }).toBeGreaterThan(20);
  await visitor.click("Draw six others");
  await expect.poll(names).not.toEqual(before);
  await visitor.page.click(".learn-lesson input[type=checkbox]");
  await expect.poll(async () => (await names()).every((name) => /from row 16, column 16/.test(name))).toBe(true);
  await visitor.reads(/2,178/);
});

test("AlexNet: weights and work, 54 or 55, four norms", async () => {
  await open("alexnet");
  await visitor.reads(/60,965,224[\s\S]*3\.8%/);
  await visitor.click("Multiply-adds for one picture");
  await visitor.reads(/724,406,816[\s\S]*91\.9%/);
  await visitor.reads(/^54 × 54$/, ".alexnet-side");
  await visitor.click("up");
  await visitor.reads(/^55 × 55$/, ".alexnet-side");
  await visitor.reads(/17\.14/, ".alexnet-lrn");
  await visitor.click("Caffe");
  await visitor.reads(/27\.74/, ".alexnet-lrn");
  await visitor.reads(/After 60 steps: 0\.0\d+, 0\.3/);
});

test("a recurrent network reads hell, and is taught to say ello", async () => {
  await open("rnn");
  await cells(".rnn-state", "0.6932 0.8996 0.8021");
  await visitor.click("Next");
  await cells(".rnn-state", "0.9365 0.9491 0.7623");
  await visitor.reads(/41\.97%/, ".rnn-shares");
  await visitor.reads(/0 of 4 right/, ".rnn-taught");
  await visitor.click("Teach it");
  await visitor.page.waitForFunction(
    () => /loss 0\.0[01]\d.*4 of 4 right/.test(document.querySelector(".rnn-taught")?.textContent ?? ""),
    { timeout: 90_000 },
  );
  const said = await visitor.page.$$eval(".rnn-tape b", (all) => all.map((letter) => letter.textContent).join(""));
  expect(said).toBe("ello");
  await visitor.screenshot("learn-rnn-taught");
  await visitor.click("Back to the slides’ weights");
  await cells(".rnn-state", "0.9365 0.9491 0.7623");
});

test("gradients vanish, explode and live", async () => {
  await open("gradients");
  await visitor.reads(/has vanished.*4\.4 · 10⁻⁴/s, ".gradients-verdict");
  await visitor.click("Plain, ReLU");
  await slide("How much the recurrent weights stretch", 36);
  await visitor.reads(/has exploded.*2\.4 · 10⁷/s, ".gradients-verdict");
  await visitor.click("LSTM");
  await visitor.reads(/is alive/, ".gradients-verdict");
  await slide("Bias of the forget gate", 0);
  await visitor.reads(/has vanished/, ".gradients-verdict");
});

test("a memory cell keeps what is written, and forgets what is erased", async () => {
  await open("lstm");
  const row = (name: string): Promise<string> =>
    visitor.page.$eval(`[data-row=${name}]`, (element) => element.textContent ?? "");
  await expect.poll(() => row("hidden"), { timeout: 60_000 }).toMatch(/step 4: 0\.72/);
  await visitor.click("erase, step 2");
  await expect.poll(() => row("hidden")).toMatch(/step 4: 0\.00/);
  await visitor.click("erase, step 2");
  await slide("Bias of the forget gate", 4);
  await expect.poll(() => row("cell")).toMatch(/step 2: 0\.46/);
  await visitor.reads(/gives the same numbers|differs by at most/);
});

test("after the page has loaded, lessons ask the network for nothing", () => {
  expect(visitor.requests.slice(asked)).toEqual([]);
});

describe.each([
  { width: 360, theme: "dark", language: "pt-BR", title: "Como funciona, uma ideia de cada vez" },
  { width: 1600, theme: "light", language: "en", title: "How it works, one idea at a time" },
] as const)("at $width pixels, $theme, $language", ({ width, theme, language, title }) => {
  test("every lesson fits, reads and has no barriers", async () => {
    const other = await visit("#/learn", { width, theme, language });
    try {
      await other.reads(new RegExp(title));
      for (const lesson of LESSONS) {
        await open(lesson, other);
        await other.page.waitForFunction(() => !document.querySelector(".learn-lesson .progress"), { timeout: 60_000 });
        const wide = await other.page.evaluate(() => document.documentElement.scrollWidth);
        expect(wide, lesson).toBeLessThanOrEqual(width);
        expect(await other.barriers(), lesson).toEqual([]);
        await other.screenshot(`learn-${lesson}-${width}-${theme}`);
      }
      expect(other.errors).toEqual([]);
    } finally {
      await other.close();
    }
  });
});
