/** The commands that train, from the command line down to the files they leave. */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EXIT } from "../../src/cli/exit";
import { command } from "../support/command";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "tandem-train-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const out = (name: string): string => join(folder, name);
const from = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const logOf = (name: string): Record<string, unknown>[] =>
  readFileSync(join(out(name), "log.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);

const glyphs = (...more: string[]) =>
  command("train", "alexnet-glyphs", "--host", "node", "--count", "72", "--batch", "24", ...more);
const text = (...more: string[]) =>
  command("train", "char-gru", "--host", "node", "--batch", "4", "--unroll", "8", "--hidden", "8", ...more);

describe("train", () => {
  test("leaves weights, a log and a checkpoint that goes on as if it had never stopped", async () => {
    const whole = await glyphs("--epochs", "2", "--out", out("whole"));
    expect(whole.output).toMatch(/alexnet-glyphs, 142,052 parameters[\s\S]*72 to learn from, 72 held out/);
    expect(whole.output).toMatch(/finished after 6 steps/);
    expect(whole.status).toBe(EXIT.fine);
    expect(readdirSync(out("whole")).sort()).toEqual(["best.safetensors", "last.safetensors", "log.jsonl"]);
    expect(logOf("whole").map(({ epoch, step, skipped }) => ({ epoch, step, skipped }))).toEqual([
      { epoch: 1, step: 3, skipped: 0 },
      { epoch: 2, step: 6, skipped: 0 },
    ]);

    const stopped = await glyphs("--epochs", "2", "--steps", "2", "--out", out("parts"));
    expect(stopped.output).toMatch(/stopped after 2 steps; --resume goes on/);
    const resumed = await glyphs("--epochs", "2", "--out", out("parts"), "--resume");
    expect(resumed.status).toBe(EXIT.fine);
    const last = (name: string): Buffer => readFileSync(join(out(name), "last.safetensors"));
    expect(last("parts").equals(last("whole"))).toBe(true);

    const picture = from("demo/photographs/surfaces/brick.png");
    const weights = join(out("whole"), "best.safetensors");
    const guess = await command("run", "alexnet-glyphs", picture, "--host", "node", "--weights", weights, "--top", "1");
    expect(guess.output).toMatch(/% {2}[A-Z0-9] {2}class \d+/);
  });

  test("refuses a folder in use, other settings, and another model's checkpoint", async () => {
    expect((await glyphs("--out", out("whole"))).output).toMatch(/is there already: give --resume/);
    const other = await glyphs("--out", out("whole"), "--resume", "--rate", "0.5");
    expect(other.output).toMatch(/was trained otherwise: optimizer was .*"rate":0.01.* now .*"rate":0.5/);
    const model = await command("train", "alexnet-textures", "--host", "node", "--out", out("whole"), "--resume");
    expect(model.output).toMatch(/is a checkpoint of alexnet-glyphs, but alexnet-textures is to be trained/);
    const nothing = await glyphs("--out", out("nothing"), "--resume");
    expect(nothing.output).toMatch(/there is no checkpoint to go on from/);
    for (const { status } of [other, model, nothing]) expect(status).toBe(EXIT.checkFailed);
  });

  test("ends at a loss that is no number, names the place, and saves nothing", async () => {
    const { status, output } = await glyphs("--rate", "1e30", "--every", "1", "--out", out("nan"));
    expect(status).toBe(EXIT.checkFailed);
    expect(output).toMatch(/the loss is NaN at step 2 \(nan: the \w+ of conv1\.weight are not finite\)/);
    expect(existsSync(join(out("nan"), "last.safetensors"))).toBe(false);
  });

  test("takes a folder of photographs, and a text", async () => {
    const surfaces = await command(
      ...["train", "alexnet-textures", "--host", "node", "--count", "60", "--batch", "30", "--mirror", "--epochs", "1"],
      ...[
        "--data",
        from("demo/photographs/surfaces"),
        "--accumulate",
        "2",
        "--max-norm",
        "3",
        "--out",
        out("surfaces"),
      ],
    );
    expect(surfaces.output).toMatch(/finished after 1 step/);
    const learnt = await text("--data", from("demo/texts/hello.txt"), "--epochs", "3", "--out", out("hello"));
    expect(learnt.output).toMatch(/char-gru, \d+ parameters[\s\S]*characters 216 to learn from, 24 held out/);
    const weights = join(out("hello"), "best.safetensors");
    const written = await command("write", "hel", "--host", "node", "--weights", weights, "--length", "9", "--json");
    expect((JSON.parse(written.output) as { text: string }).text).toMatch(/^[helo ]{9}$/);
    const unknown = await command("write", "x", "--host", "node", "--weights", weights);
    expect(unknown.output).toMatch(/the model does not know "x"/);
    const pictures = await command("write", "x", "--host", "node", "--weights", join(out("whole"), "best.safetensors"));
    expect(pictures.output).toMatch(/holds no character model/);
  });
});

describe("a folder of pictures", () => {
  const put = (picture: string, path: string): void => copyFileSync(from(picture), join(out("classes"), path));
  const train = (name: string) =>
    command(
      ...["train", "alexnet-tiny", "--host", "node", "--data", out("classes"), "--batch", "2", "--epochs", "1"],
      ...["--held-out", "0.5", "--out", out(name)],
    );

  test("with an empty class, or nothing that can be read, is refused; one broken picture is counted", async () => {
    for (const name of ["cat", "cup"]) mkdirSync(join(out("classes"), name), { recursive: true });
    expect((await train("empty")).output).toMatch(/classes.*(empty|no pictures|holds no)/);
    put("demo/photographs/chelsea.png", "cat/1.png");
    expect((await train("half")).output).toMatch(/cup.*(empty|no pictures|holds no)/);
    for (const [i, picture] of ["chelsea.png", "coffee.png", "rocket.jpg"].entries()) {
      put(`demo/photographs/${picture}`, `cat/${i + 1}.${picture.slice(-3)}`);
      put(`demo/photographs/${picture}`, `cup/${i + 1}.${picture.slice(-3)}`);
    }
    writeFileSync(join(out("classes"), "cup", "0.jpg"), readFileSync(from("tests/images/truncated.jpg")));
    const fine = await train("fine");
    expect(fine.output).toMatch(/1 picture was left out: it could not be read: .*cup\/0\.jpg/);
    expect(fine.status).toBe(EXIT.fine);
  });
});

test("gradcheck agrees for a small network", async () => {
  const { status, output } = await command("gradcheck", "alexnet-glyphs", "--host", "node");
  expect(output).toMatch(/\d+ passed, 0 failed, \d+ unsure/);
  expect(status).toBe(EXIT.fine);
});
