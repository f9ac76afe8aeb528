/** A visitor of the page: opens it in a window of its own, reads, clicks, drops files, and leaves screenshots. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import axe from "axe-core";
import puppeteer, { type BrowserContext, type ElementHandle, type Page } from "puppeteer";
import { inject } from "vitest";

/** Ignored by git. */
const SCREENSHOTS = fileURLToPath(new URL("../../../results/demo/", import.meta.url));

export interface VisitOptions {
  readonly width?: number;
  readonly height?: number;
  readonly theme?: "light" | "dark";
  /** Of the browser: `en`, `pt-BR`. */
  readonly language?: string;
  /** Runs in the page before its own scripts. */
  readonly before?: string;
}

export interface Visitor {
  readonly page: Page;
  /** Errors that the page threw or logged, so far. */
  readonly errors: string[];
  /** Addresses that the page has asked for, so far. */
  readonly requests: string[];
  /** The text of the first element that fits. */
  text(selector: string): Promise<string>;
  /** Clicks the button, tab or link with this name. */
  click(name: string | RegExp): Promise<void>;
  /** Waits until the page's text fits. */
  reads(pattern: RegExp, selector?: string): Promise<void>;
  /** Drops files on the first element that fits. */
  drop(selector: string, files: readonly { readonly name: string; readonly bytes: Uint8Array }[]): Promise<void>;
  /** Hands a file of this machine to a file field, as picking does. */
  pick(selector: string, path: string): Promise<void>;
  screenshot(name: string): Promise<void>;
  /** What axe finds serious or critical, in a line each. */
  barriers(): Promise<string[]>;
  close(): Promise<void>;
}

/** For `before`: keeps the devices that the page opens in `opened`, where a test can lose them. */
export const KEEP_DEVICES = `
  window.opened = [];
  const request = GPUAdapter.prototype.requestDevice;
  GPUAdapter.prototype.requestDevice = async function (...given) {
    const device = await request.apply(this, given);
    window.opened.push(device);
    return device;
  };`;

const WAIT = { timeout: 90_000 };

/** Opens the page at a hash, such as `#/classify`. */
export async function visit(hash: string, options: VisitOptions = {}): Promise<Visitor> {
  const { address, browser: endpoint } = inject("demo");
  const browser = await puppeteer.connect({ browserWSEndpoint: endpoint, protocolTimeout: 120_000 });
  const context: BrowserContext = await browser.createBrowserContext();
  const page = await context.newPage();
  const errors: string[] = [];
  const requests: string[] = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") errors.push(message.text());
  });
  page.on("request", (request) => {
    if (!/^(data|blob):/.test(request.url())) requests.push(request.url());
  });
  await page.setViewport({ width: options.width ?? 1280, height: options.height ?? 900 });
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: options.theme ?? "light" }]);
  const language = options.language ?? "en";
  await page.evaluateOnNewDocument((chosen) => {
    Object.defineProperty(navigator, "language", { get: () => chosen });
  }, language);
  if (options.before) await page.evaluateOnNewDocument(options.before);
  await page.goto(new URL(hash, address).href);

  const first = async (selector: string): Promise<ElementHandle> => {
    const found = await page.waitForSelector(selector, WAIT);
    if (!found) throw new Error(`the page has no ${selector}`);
    return found;
  };
  return {
    page,
    errors,
    requests,
    text: async (selector) => (await first(selector)).evaluate((element) => element.textContent ?? ""),
    async click(name) {
      const source =
        typeof name === "string" ? `^\\s*${name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}\\s*$` : name.source;
      const handle = await page.waitForFunction(
        (pattern) => {
          const named = new RegExp(pattern);
          const all = document.querySelectorAll<HTMLElement>("button, a, summary, [role=radio]");
          return [...all].find(
            (each) => each.checkVisibility() && named.test(each.getAttribute("aria-label") ?? each.textContent ?? ""),
          );
        },
        WAIT,
        source,
      );
      const element = handle.asElement() as ElementHandle<HTMLElement> | null;
      await element?.evaluate((each) => each.scrollIntoView({ block: "center", behavior: "instant" }));
      await element?.click();
    },
    async reads(pattern, selector = "body") {
      await page.waitForFunction(
        (where, source, flags) =>
          new RegExp(source, flags).test((document.querySelector<HTMLElement>(where)?.innerText ?? "").normalize()),
        WAIT,
        selector,
        pattern.source,
        pattern.flags,
      );
    },
    async drop(selector, files) {
      const target = await first(selector);
      const data = files.map(({ name, bytes }) => ({ name, base64: Buffer.from(bytes).toString("base64") }));
      await target.evaluate((element, given) => {
        const transfer = new DataTransfer();
        for (const { name, base64 } of given) {
          const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
          transfer.items.add(new File([bytes], name));
        }
        for (const type of ["dragenter", "dragover", "drop"]) {
          element.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: transfer }));
        }
      }, data);
    },
    async pick(selector, path) {
      await ((await first(selector)) as ElementHandle<HTMLInputElement>).uploadFile(path);
    },
    async screenshot(name) {
      mkdirSync(SCREENSHOTS, { recursive: true });
      await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) as `${string}.png`, fullPage: true });
    },
    async barriers() {
      await page.evaluate(axe.source);
      const { violations } = await page.evaluate(() => (window as unknown as { axe: typeof axe }).axe.run());
      return violations
        .filter(({ impact }) => impact === "serious" || impact === "critical")
        .map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html).join(" ")}`);
    },
    async close() {
      await context.close();
      await browser.disconnect();
    },
  };
}
