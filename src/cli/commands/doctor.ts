/** `tandem doctor`: what this machine offers, whether it is enough, and what to do if not. */
import { arch, cpus, platform, release } from "node:os";
import type { Command } from "commander";
import pc from "picocolors";
import { DEFAULT_LIMITS } from "../../core/device";
import { EXIT } from "../exit";
import { BROWSER_REMEDY, browserVersion, findBrowsers, SETTINGS } from "../hosts/browsers";
import { type hostNames, openHost } from "../hosts/host";
import { packageVersion } from "../hosts/package";
import type { DoctorReport } from "../tasks/doctor";

const WIDTH = 100;

/** What AlexNet would bind and run at best, where that is more than every device has, and what happens otherwise. */
const WISHES: readonly { limit: string; wish: number; why: string }[] = [
  { limit: "maxBufferSize", wish: 4096 * 9216 * 4, why: "fc6's weights, in one piece" },
  { limit: "maxStorageBufferBindingSize", wish: 4096 * 9216 * 4, why: "the same; else in parts" },
  { limit: "maxStorageBuffersPerShaderStage", wish: 8, why: "recurrent kernels" },
  { limit: "maxComputeInvocationsPerWorkgroup", wish: 256, why: "every kernel" },
  { limit: "maxComputeWorkgroupStorageSize", wish: 16384, why: "tiles of matmul, conv2d" },
  { limit: "maxComputeWorkgroupsPerDimension", wish: 65535, why: "large grids" },
];

interface Found {
  readonly source: string;
  readonly name: string;
  readonly version: string | null;
}

/** A host's own report, or why it could not be opened. */
type Outcome = DoctorReport | { readonly error: string };

interface Report {
  readonly tandem: string;
  readonly system: { readonly node: string; readonly platform: string; readonly cpus: number; readonly cpu: string };
  readonly browsers: readonly Found[];
  readonly chrome: Outcome;
  readonly node: Outcome;
}

const works = (outcome: Outcome): outcome is DoctorReport & { adapter: object } =>
  "adapter" in outcome && outcome.adapter !== null && outcome.computes;

async function ask(name: (typeof hostNames)[number]): Promise<Outcome> {
  try {
    const host = await openHost(name, { exactTimestamps: true, silenceMs: 60_000 });
    try {
      return await host.call<DoctorReport>("doctor", {});
    } finally {
      await host.close();
    }
  } catch (error) {
    return { error: (error as Error).message };
  }
}

async function browsers(): Promise<Found[]> {
  const found = await findBrowsers().catch(() => []);
  return Promise.all(
    found.map(async (browser) => ({
      source: browser.source,
      name: browser.name,
      version: (await browserVersion(browser)) ?? null,
    })),
  );
}

async function examine(): Promise<Report> {
  const [cpu] = cpus();
  return {
    tandem: packageVersion(),
    system: {
      node: process.version,
      platform: `${platform()} ${release()} ${arch()}`,
      cpus: cpus().length,
      cpu: cpu?.model.trim() ?? "unknown",
    },
    browsers: await browsers(),
    chrome: await ask("chrome"),
    node: await ask("node"),
  };
}

const mark = (good: boolean): string => (good ? pc.green("✓") : pc.red("✗"));

const amount = (limit: string, value: number): string => {
  if (!/Size$/.test(limit) || value < 1024 || value % 1024 !== 0) return value.toLocaleString("en");
  return value >= 1 << 20 ? `${(value / (1 << 20)).toLocaleString("en")} MiB` : `${value / 1024} KiB`;
};

/** Words in lines no wider than the report, each line indented. */
function wrapped(text: string, indent: string): string[] {
  const lines: string[] = [];
  let line = indent;
  for (const word of text.split(/\s+/)) {
    if (line.trim() !== "" && line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = indent;
    }
    line += line.trim() === "" ? word : ` ${word}`;
  }
  return [...lines, line];
}

function limitTable(limits: Readonly<Record<string, number>>): string[] {
  const line = (name: string, cells: readonly string[], why: string): string =>
    `${name.padEnd(34)}${cells.map((cell) => cell.padStart(11)).join("")}  ${why}`.trimEnd();
  const rows = WISHES.map(({ limit, wish, why }) => {
    const has = limits[limit] ?? 0;
    const base = DEFAULT_LIMITS[limit as keyof typeof DEFAULT_LIMITS];
    const cells = [has, base, wish].map((value) => amount(limit, value));
    return `  ${mark(has >= wish)} ${line(limit, cells, why)}`;
  });
  return [pc.dim(`    ${line("limit", ["here", "default", "AlexNet"], "for")}`), ...rows];
}

/** Features that kernels or timing use; the rest are in the JSON. */
const USEFUL = ["shader-f16", "subgroups", "timestamp-query"];

function featureLine(features: readonly string[]): string {
  const [has, lacks] = [true, false].map((there) =>
    USEFUL.filter((name) => features.includes(name) === there).join(", "),
  );
  const rest = features.filter((name) => !USEFUL.includes(name)).length;
  return `  features: ${[has, lacks && `no ${lacks}`, `${rest} others`].filter(Boolean).join("; ")}`;
}

function hostSection(title: string, outcome: Outcome): string[] {
  if ("error" in outcome) {
    const [first = "", ...rest] = outcome.error.split("\n").flatMap((line) => wrapped(line, "    "));
    return [pc.bold(title), `  ${mark(false)} ${first.trimStart()}`, ...rest];
  }
  const { adapter, computes, host, clockStepMs } = outcome;
  const facts = [`  ${host.version}`, ...wrapped(`flags: ${host.flags.join(" ")}`, "  ")];
  if (!adapter) return [pc.bold(title), ...facts, `  ${mark(false)} no adapter`];
  return [
    pc.bold(title),
    ...facts,
    `  ${mark(true)} adapter: ${[adapter.vendor, adapter.architecture].filter(Boolean).join(" ")} (${adapter.description})`,
    ...(adapter.software
      ? [pc.yellow("  ! A SOFTWARE adapter: results are right, times say nothing about a GPU.")]
      : []),
    `  ${mark(computes)} a first shader ${computes ? "computed the right numbers" : "computed WRONG numbers: do not trust this adapter"}`,
    `  clock steps by ${(clockStepMs * 1000).toFixed(clockStepMs < 0.001 ? 2 : 0)} µs; timing by ${adapter.features.includes("timestamp-query") ? "timestamp queries" : "the queue (no timestamp queries)"}`,
    featureLine(adapter.features),
    ...limitTable(adapter.limits),
  ];
}

function verdict({ chrome, node }: Report): string[] {
  const advice: string[] = [];
  if (!works(chrome)) advice.push(`Chrome is not usable: commands need --host node until it is. ${BROWSER_REMEDY}.`);
  if (!works(node)) advice.push("WebGPU in Node is not usable: only --host chrome works.");
  const all = [chrome, node].filter(works);
  if (all.length === 0) {
    return [
      pc.red("No WebGPU adapter on this machine."),
      ...wrapped(advice.join(" "), "  "),
      ...wrapped(
        "With a GPU: install its driver (on Linux its Vulkan driver). Without: on Linux x64, npm install @sparticuz/chromium brings a software adapter.",
        "  ",
      ),
    ];
  }
  const software = all.every(({ adapter }) => adapter?.software);
  return [
    pc.green(`Ready${software ? ", on a software adapter only" : ""}. Next: npx tandem run alexnet PHOTO.jpg`),
    ...(software
      ? wrapped("For speed, run on a machine with a GPU and Chrome: nothing else needs to change.", "  ")
      : []),
    ...advice.flatMap((line) => wrapped(line, "  ")),
  ];
}

export function doctorText(report: Report): string {
  const { tandem, system } = report;
  const list = report.browsers.map(
    ({ source, name, version }) =>
      `  ${mark(version !== null)} ${`${source}:`.padEnd(11)}${name}${version ? ` (${version})` : ""}`,
  );
  return [
    pc.bold(`tandem ${tandem}`),
    `  Node ${system.node} on ${system.platform}; ${system.cpus} × ${system.cpu}`,
    "",
    pc.bold("Browsers, in the order they are tried"),
    ...(list.length > 0 ? list : [`  ${mark(false)} none`, ...wrapped(BROWSER_REMEDY, "    ")]),
    ...wrapped(`${SETTINGS.join(", ")} choose another.`, "  "),
    "",
    ...hostSection("WebGPU in Chrome", report.chrome),
    "",
    ...hostSection("WebGPU in Node", report.node),
    "",
    ...verdict(report),
    "",
  ].join("\n");
}

export function register(program: Command): void {
  program
    .command("doctor")
    .summary("what this machine offers, and what to do if it is not enough")
    .description(
      "Looks for browsers, opens WebGPU in Chrome and in Node, runs a first shader in each, and compares\nthe limits with what AlexNet asks for. Exit status 3 when there is no adapter at all.",
    )
    .option("--json", "print the report as JSON")
    .addHelpText("after", "\nExamples:\n  tandem doctor\n  TANDEM_CHROME=/opt/chrome/chrome tandem doctor --json")
    .action(async ({ json }: { json?: boolean }) => {
      if (!json && process.stderr.isTTY) process.stderr.write("Opening WebGPU in Chrome and in Node…\r");
      const report = await examine();
      process.stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : doctorText(report));
      if (![report.chrome, report.node].some(works)) process.exitCode = EXIT.noAdapter;
    });
}
