/** Tasks in Chrome: opens a browser that has a WebGPU adapter, and calls the tasks of `src/cli/page` in it. */
import type { Page, Browser as PuppeteerBrowser } from "puppeteer";
import { DeviceLostError, NoAdapterError, TandemError } from "../../core/errors";
import { storedTuning } from "../../engine/tuningStore";
import { BROWSER_REMEDY, type Browser, findBrowsers } from "./browsers";
import type { Host, HostFacts, HostOptions, Progress } from "./context";
import { namedFiles } from "./files";
import { hardwareLikely } from "./hardware";
import { pageFolder } from "./package";
import { type Answer, fromData } from "./remote";
import { type Server, serve } from "./server";

/** Flags per kind of adapter (docs of Chrome's GPU team, and what was seen to work headless on Linux). */
export const PRESETS: Readonly<Record<"hardware" | "software", readonly string[]>> = {
  hardware:
    process.platform === "linux"
      ? [
          "--enable-unsafe-webgpu",
          "--enable-features=Vulkan",
          "--use-angle=vulkan",
          "--disable-vulkan-surface",
          "--ignore-gpu-blocklist",
        ]
      : ["--enable-unsafe-webgpu"],
  software: [
    "--enable-unsafe-webgpu",
    "--use-webgpu-adapter=swiftshader",
    "--use-angle=swiftshader",
    "--enable-features=Vulkan",
    "--use-vulkan=swiftshader",
  ],
};

/** A quiet browser: nothing runs in it but our page, nothing is fetched, nothing is slowed down for being hidden. */
const QUIET = [
  "--disable-dev-shm-usage",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-renderer-backgrounding",
  "--disable-background-timer-throttling",
  "--disable-backgrounding-occluded-windows",
];

/** Chrome's own flag for timestamps that are not rounded to 100 µs. */
const EXACT_TIMESTAMPS = "--enable-webgpu-developer-features";

/** How long a browser may take to start and to close, and how long a task may say nothing. */
const START_MS = 60_000;
const CLOSE_MS = 10_000;
const SILENCE_MS = 600_000;

const debug = (text: string): void => {
  if (process.env.TANDEM_DEBUG) process.stderr.write(`${text}\n`);
};

/** A browser with our page open in it. */
export interface OpenedPage {
  readonly page: Page;
  readonly facts: HostFacts;
  /** The browser as it was found. */
  readonly browser: Browser;
  /** Vendor and architecture of its WebGPU adapter; undefined where it has none. */
  readonly adapter: { readonly name: string; readonly software: boolean } | undefined;
  close(): Promise<void>;
}

async function launch(browser: Browser, flags: readonly string[], sandbox: boolean): Promise<PuppeteerBrowser> {
  const { default: puppeteer } = await import("puppeteer");
  const { executable, environment } = await browser.locate();
  return puppeteer.launch({
    executablePath: executable,
    // The npm-shipped one is Chrome's headless shell, which has one headless mode only.
    headless: browser.source === "npm" ? "shell" : true,
    args: [...flags, ...QUIET, ...(sandbox ? [] : ["--no-sandbox"])],
    env: { ...process.env, ...environment },
    timeout: START_MS,
    protocolTimeout: 0,
    dumpio: Boolean(process.env.TANDEM_DEBUG),
  });
}

/** Chrome cannot sandbox itself as root or without user namespaces; the page in it is our own, so it then runs without. */
async function launchSandboxed(browser: Browser, flags: readonly string[]): Promise<PuppeteerBrowser> {
  if (process.platform !== "linux") return launch(browser, flags, true);
  if (process.getuid?.() === 0 || process.env.TANDEM_NO_SANDBOX) return launch(browser, flags, false);
  try {
    return await launch(browser, flags, true);
  } catch (error) {
    if (!/sandbox/i.test(String(error))) throw error;
    return launch(browser, flags, false);
  }
}

/** Rejects with what was waited for when `work` takes too long: a GPU process with the wrong driver may never answer. */
async function within<T>(ms: number, what: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TandemError(`${what} took more than ${ms / 1000} s`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Closes the browser; one that does not answer is killed. */
async function shut(chrome: PuppeteerBrowser): Promise<void> {
  await within(CLOSE_MS, "closing the browser", chrome.close()).catch(() => chrome.process()?.kill("SIGKILL"));
}

const SOFTWARE = /swiftshader|llvmpipe|lavapipe|basic render/i;

/** Opens the page at `address` in a browser started with `flags`. */
async function openPage(browser: Browser, flags: readonly string[], address: string): Promise<OpenedPage> {
  const chrome = await launchSandboxed(browser, flags);
  try {
    const page = await chrome.newPage();
    page.on("console", (message) => debug(`[page] ${message.text()}`));
    await page.goto(address, { waitUntil: "load", timeout: START_MS });
    const asked = page.evaluate(async () => {
      const found = await navigator.gpu?.requestAdapter().catch(() => null);
      if (!found) return undefined;
      const { vendor, architecture, device, description } = found.info;
      return {
        name: [vendor, architecture].filter(Boolean).join(" "),
        all: `${vendor} ${architecture} ${device} ${description}`,
      };
    });
    const adapter = await within(START_MS, "asking for an adapter", asked);
    return {
      page,
      browser,
      facts: { name: "chrome", version: await chrome.version(), flags },
      adapter: adapter && { name: adapter.name, software: SOFTWARE.test(adapter.all) },
      close: () => shut(chrome),
    };
  } catch (error) {
    await shut(chrome);
    throw error;
  }
}

export interface OpenOptions {
  /** `hardware` refuses a software adapter; `software` asks for none else; `auto` takes the best there is. */
  readonly adapter?: "auto" | "hardware" | "software";
  /** Timestamps as exact as the GPU gives them. */
  readonly exactTimestamps?: boolean;
  /** More flags for the browser. */
  readonly flags?: readonly string[];
}

/** Opens the first browser that has a wanted adapter, at `address`. @throws NoAdapterError naming all that was tried. */
export async function openBrowser(address: string, options: OpenOptions = {}): Promise<OpenedPage> {
  const wanted = options.adapter ?? "auto";
  const browsers = await findBrowsers();
  if (browsers.length === 0) throw new NoAdapterError(`no Chrome or Chromium was found. ${BROWSER_REMEDY}`);
  const kinds =
    wanted === "auto" ? (hardwareLikely() ? (["hardware", "software"] as const) : (["software"] as const)) : [wanted];
  const tried: string[] = [];
  for (const browser of browsers) {
    for (const kind of kinds) {
      const exact = options.exactTimestamps ? [EXACT_TIMESTAMPS] : [];
      const flags = [...PRESETS[kind], ...exact, ...(options.flags ?? [])];
      let opened: OpenedPage;
      try {
        opened = await openPage(browser, flags, address);
      } catch (error) {
        const reason = (error as Error).message.split("\n")[0] ?? "";
        debug(String(error));
        tried.push(`${browser.name}: did not start (${reason})`);
        continue;
      }
      const { adapter } = opened;
      if (adapter && (kind === "software" || !adapter.software)) return opened;
      tried.push(
        `${browser.name}: ${adapter ? `only the software adapter ${adapter.name}` : `no adapter (${kind} flags)`}`,
      );
      await opened.close();
    }
  }
  throw new NoAdapterError(
    `no browser has a WebGPU adapter${wanted === "hardware" ? " of a GPU" : ""}. Tried:\n${tried.map((line) => `  ${line}`).join("\n")}\n${BROWSER_REMEDY}`,
  );
}

/** Rejects when the page or its browser dies, or nothing is heard for too long. `heard` puts the end off. */
function watch(opened: OpenedPage, silenceMs: number): { died: Promise<never>; heard(): void; end(): void } {
  let timer: NodeJS.Timeout | undefined;
  let stop = (): void => undefined;
  let restart = (): void => undefined;
  const died = new Promise<never>((_, reject) => {
    const lost = (detail: string): void =>
      reject(new DeviceLostError(opened.facts.version, "the browser died", detail));
    const crashed = (error: Error): void => lost(error.message);
    const thrown = (error: unknown): void => reject(error instanceof Error ? error : new Error(String(error)));
    const disconnected = (): void => lost("its process ended");
    restart = () => {
      clearTimeout(timer);
      timer = setTimeout(
        () => reject(new TandemError(`the page in ${opened.facts.version} said nothing for ${silenceMs / 1000} s`)),
        silenceMs,
      );
    };
    const { page } = opened;
    page.on("error", crashed).on("pageerror", thrown);
    page.browser().on("disconnected", disconnected);
    stop = () => {
      clearTimeout(timer);
      page.off("error", crashed).off("pageerror", thrown);
      page.browser().off("disconnected", disconnected);
    };
  });
  died.catch(() => undefined);
  restart();
  return { died, heard: () => restart(), end: () => stop() };
}

/** Opens Chrome as a host. */
export async function openChrome(options: HostOptions): Promise<Host> {
  const server: Server = await serve(
    { ...options.folders, "/": pageFolder() },
    namedFiles(options.files ?? [], options.outputs ?? []),
  );
  let opened: OpenedPage;
  let onProgress: ((progress: Progress) => void) | undefined;
  try {
    opened = await openBrowser(server.address, options);
    // The browser's profile ends with it: measured kernel choices are kept here, as for Node.
    const kept = (await storedTuning()).toString();
    await opened.page.evaluate((text) => window.tandemKeep(text), kept);
    await opened.page.exposeFunction("tandemProgress", (progress: Progress) => onProgress?.(progress));
  } catch (error) {
    await server.close();
    throw error;
  }
  return {
    name: "chrome",
    facts: opened.facts,
    async call<T>(task: string, args: unknown, listener?: (progress: Progress) => void): Promise<T> {
      const guard = watch(opened, options.silenceMs ?? SILENCE_MS);
      onProgress = (progress) => {
        guard.heard();
        listener?.(progress);
      };
      try {
        const work = opened.page.evaluate((...call) => window.tandemCall(...call), task, args, opened.facts);
        // When the browser dies both reject; the guard's reason is the one to tell, and it may come a moment later.
        const answer = await Promise.race([
          work.catch((error: unknown) => Promise.race([guard.died, later(1000, error)])),
          guard.died,
        ]);
        if ("error" in (answer as Answer)) throw fromData((answer as { error: Parameters<typeof fromData>[0] }).error);
        return (answer as { value: T }).value;
      } finally {
        guard.end();
        onProgress = undefined;
      }
    },
    async stop() {
      await opened.page.evaluate(() => {
        window.tandemStop = true;
      });
    },
    async close() {
      await opened.close();
      await server.close();
    },
  };
}

const later = (ms: number, error: unknown): Promise<never> =>
  new Promise((_, reject) => {
    setTimeout(() => reject(error), ms);
  });
