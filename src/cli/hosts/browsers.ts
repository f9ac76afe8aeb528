/**
 * Finds browsers, in this order: the user's setting, an installed Chrome or Chromium, one that puppeteer downloaded, the
 * one shipped by npm.
 */
import { execFile } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { NoAdapterError } from "../../core/errors";
import { bundledBrowserVersion, unpackBrowser } from "./bundle";

export interface Browser {
  /** `setting`: an environment variable names it; `npm`: of the package @sparticuz/chromium. */
  readonly source: "setting" | "installed" | "puppeteer" | "npm";
  /** Path of the executable; for `npm`, what it is. */
  readonly name: string;
  /** Path and environment to start it with. Unpacks the npm-shipped one on first use. */
  locate(): Promise<{ executable: string; environment: Readonly<Record<string, string>> }>;
}

/** Environment variables that name a browser, the first that is set winning. */
export const SETTINGS = ["TANDEM_CHROME", "CHROME_PATH", "PUPPETEER_EXECUTABLE_PATH"] as const;

/** What to do when there is no browser, in one line. */
export const BROWSER_REMEDY =
  "Install Chrome, or name one with TANDEM_CHROME=/path/to/chrome, or run: npx puppeteer browsers install chrome";

function executable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Where installers put Chrome and Chromium. */
function wellKnown(): string[] {
  if (process.platform === "darwin") {
    const apps = ["Google Chrome", "Google Chrome Canary", "Chromium", "Microsoft Edge"];
    return ["/Applications", join(homedir(), "Applications")].flatMap((folder) =>
      apps.map((app) => join(folder, `${app}.app`, "Contents", "MacOS", app)),
    );
  }
  if (process.platform === "win32") {
    const roots = [process.env.PROGRAMFILES, process.env["PROGRAMFILES(X86)"], process.env.LOCALAPPDATA];
    const tails = ["Google\\Chrome\\Application\\chrome.exe", "Microsoft\\Edge\\Application\\msedge.exe"];
    return tails.flatMap((tail) => roots.filter((root) => root !== undefined).map((root) => join(root, tail)));
  }
  const names = ["google-chrome-stable", "google-chrome", "chromium", "chromium-browser", "microsoft-edge-stable"];
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/bin", "/usr/local/bin", "/snap/bin"];
  return names.flatMap((name) => [...new Set(folders)].filter(Boolean).map((folder) => join(folder, name)));
}

async function puppeteerDownload(): Promise<string | undefined> {
  try {
    const { default: puppeteer } = await import("puppeteer");
    return await puppeteer.executablePath();
  } catch {
    return undefined;
  }
}

const at = (source: Browser["source"], path: string): Browser => ({
  source,
  name: path,
  locate: async () => ({ executable: path, environment: {} }),
});

/** Every browser found, best first. @throws NoAdapterError when a setting names one that is not there. */
export async function findBrowsers(): Promise<Browser[]> {
  const setting = SETTINGS.find((name) => process.env[name]);
  if (setting) {
    const path = process.env[setting] as string;
    if (path === "npm") return npmShipped();
    if (executable(path)) return [at("setting", path)];
    throw new NoAdapterError(`${setting} names ${path}, but there is no program there. ${BROWSER_REMEDY}`);
  }
  const installed = wellKnown().find(executable);
  const downloaded = await puppeteerDownload();
  return [
    ...(installed ? [at("installed", installed)] : []),
    ...(downloaded && downloaded !== installed && executable(downloaded) ? [at("puppeteer", downloaded)] : []),
    ...npmShipped(),
  ];
}

function npmShipped(): Browser[] {
  const version = bundledBrowserVersion();
  if (!version) return [];
  return [
    {
      source: "npm",
      name: `@sparticuz/chromium ${version}`,
      async locate() {
        const unpacked = await unpackBrowser();
        if (!unpacked) throw new NoAdapterError(`@sparticuz/chromium cannot be unpacked here. ${BROWSER_REMEDY}`);
        return unpacked;
      },
    },
  ];
}

/** What a browser says of itself, or undefined when it does not start. Windows' Chrome would open a window instead. */
export async function browserVersion(browser: Browser): Promise<string | undefined> {
  if (process.platform === "win32") return undefined;
  try {
    const { executable, environment } = await browser.locate();
    const { stdout } = await promisify(execFile)(executable, ["--version"], {
      timeout: 15_000,
      env: { ...process.env, ...environment },
    });
    return stdout.trim();
  } catch {
    return undefined;
  }
}
