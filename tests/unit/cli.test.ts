/** The command line without a GPU: help, usage errors, exit statuses, and which files a task may read. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CommanderError } from "commander";
import { afterAll, describe, expect, it, vi } from "vitest";
import { EXIT, told, UsageError } from "../../src/cli/exit";
import { findBrowsers } from "../../src/cli/hosts/browsers";
import { namedFiles } from "../../src/cli/hosts/files";
import { errorData, fromData } from "../../src/cli/hosts/remote";
import { program } from "../../src/cli/program";
import { DeviceLostError, FormatError, NoAdapterError, UnknownNameError } from "../../src/core/errors";
import { command } from "../support/command";

describe("the program", () => {
  it("explains itself", async () => {
    const { status, output } = await command("--help");
    expect(status).toBe(EXIT.fine);
    for (const each of program().commands) expect(output).toContain(each.name());
    expect(output).toContain("Exit status");
  });

  it("gives every command a help of its own, no wider than 100 columns", async () => {
    for (const each of program().commands) {
      const { status, output } = await command(each.name(), "--help");
      expect(status).toBe(EXIT.fine);
      expect(output).toContain(`tandem ${each.name()}`);
      for (const line of output.split("\n")) expect(line.length).toBeLessThanOrEqual(100);
    }
  });

  it.each([
    ["no command", []],
    ["an unknown command", ["juggle"]],
    ["an unknown option", ["doctor", "--jsn"]],
    ["too many arguments", ["doctor", "me"]],
  ])("takes %s as wrong usage", async (_, args) => {
    expect((await command(...args)).status).toBe(EXIT.usage);
  });
});

describe("an error", () => {
  const tell = (error: unknown): [number, string] => {
    let text = "";
    const status = told(error, (part) => {
      text += part;
    });
    return [status, text];
  };

  it("has an exit status by its kind, and no stack", () => {
    expect(tell(new NoAdapterError("no adapter"))).toEqual([3, "tandem: no adapter\n"]);
    expect(tell(new DeviceLostError("gpu", "gone", ""))[0]).toBe(4);
    expect(tell(new UsageError("neither"))[0]).toBe(64);
    expect(tell(new UnknownNameError("model", "alexnot", ["alexnet"]))[0]).toBe(64);
    expect(tell(new FormatError("a.png", "is no image"))).toEqual([1, "tandem: a.png: is no image\n"]);
    expect(tell(new CommanderError(1, "commander.unknownOption", "unknown"))[0]).toBe(64);
    expect(tell(new CommanderError(0, "commander.helpDisplayed", "help"))[0]).toBe(0);
  });

  it("that is a fault says how to see more, and shows its stack only when asked", () => {
    const fault = new TypeError("x is undefined");
    expect(tell(fault)).toEqual([
      1,
      expect.stringContaining("internal error: x is undefined\nThis is a fault of tandem."),
    ]);
    expect(tell(fault)[1]).not.toContain("    at ");
    vi.stubEnv("TANDEM_DEBUG", "1");
    expect(tell(fault)[1]).toContain("    at ");
    vi.unstubAllEnvs();
  });

  it("keeps its kind on the way from a page", () => {
    const over = (error: unknown): Error => fromData(JSON.parse(JSON.stringify(errorData(error))));
    expect(tell(over(new DeviceLostError("gpu", "gone", "")))[0]).toBe(4);
    expect(tell(over(new FormatError("a.png", "is no image")))).toEqual([1, "tandem: a.png: is no image\n"]);
    expect(tell(over(new RangeError("off")))[1]).toContain("internal error");
    expect(over("text").message).toBe("text");
  });
});

describe("files", () => {
  const folder = mkdtempSync(join(tmpdir(), "tandem-files-"));
  const named = join(folder, "named");
  mkdirSync(join(named, "deep"), { recursive: true });
  writeFileSync(join(named, "deep", "a.txt"), "a");
  writeFileSync(join(folder, "secret.txt"), "secret");
  symlinkSync(join(folder, "secret.txt"), join(named, "link.txt"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("are read and listed in a named folder", async () => {
    const files = namedFiles([named]);
    expect(new TextDecoder().decode(await files.read(join(named, "deep", "a.txt")))).toBe("a");
    expect(await files.list(named)).toEqual(["deep", "link.txt"]);
  });

  it("are refused outside of it, also by dots and links", async () => {
    const files = namedFiles([named]);
    for (const path of [join(folder, "secret.txt"), `${named}/../secret.txt`, join(named, "link.txt"), folder]) {
      await expect(files.read(path)).rejects.toThrow("is not among the files that the command line named");
    }
    await expect(files.read("https://example.org/x")).rejects.toThrow("is not among the addresses");
  });

  it("that are missing, or of the wrong kind, are named", async () => {
    const files = namedFiles([named]);
    await expect(files.read(join(named, "none"))).rejects.toThrow(/none: there is no such file or folder/);
    await expect(files.read(named)).rejects.toThrow(/is a folder; a file was expected/);
    await expect(files.list(join(named, "deep", "a.txt"))).rejects.toThrow(/is a file; a folder was expected/);
  });
});

describe("browsers", () => {
  it("are the user's own where a setting names one, and a wrong setting is an error", async () => {
    vi.stubEnv("TANDEM_CHROME", process.execPath);
    expect(await findBrowsers()).toMatchObject([{ source: "setting", name: process.execPath }]);
    vi.stubEnv("TANDEM_CHROME", "/nowhere/chrome");
    await expect(findBrowsers()).rejects.toThrow(
      /TANDEM_CHROME names \/nowhere\/chrome, but there is no program there/,
    );
    vi.unstubAllEnvs();
  });
});
