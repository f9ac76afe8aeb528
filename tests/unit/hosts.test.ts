/** What the hosts do before a GPU is there: decoding pictures in Node, and unpacking the npm-shipped Chromium's files. */
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Jimp } from "jimp";
import { describe, expect, it, vi } from "vitest";
import { bundledBrowserVersion, unpackSoftwareDriver } from "../../src/cli/hosts/bundle";
import { decodeImage } from "../../src/cli/hosts/decode";

describe("decoding in Node", () => {
  const original = new Jimp({ width: 16, height: 8, color: 0xc86432ff });
  /** The same picture as lossless WebP, which jimp cannot write. */
  const webp = "UklGRh4AAABXRUJQVlA4TBEAAAAvD8ABAAdQsiJXpv+BiOh/AAA=";

  it.each([
    ["PNG", () => original.getBuffer("image/png"), 0],
    ["JPEG", () => original.getBuffer("image/jpeg"), 3],
    ["WebP", async () => Buffer.from(webp, "base64"), 0],
  ] as const)("reads %s", async (_, encoded, off) => {
    const { width, height, rgba } = await decodeImage(new Uint8Array(await encoded()), "picture");
    expect([width, height, rgba.length]).toEqual([16, 8, 16 * 8 * 4]);
    for (const [channel, value] of [200, 100, 50, 255].entries()) {
      expect(Math.abs((rgba[channel] as number) - value)).toBeLessThanOrEqual(off);
    }
  });

  it("names a file that is no image, or half of one", async () => {
    const png = new Uint8Array(await original.getBuffer("image/png"));
    const wanted = "broken.png: is no image that can be decoded; PNG, JPEG and WebP can";
    for (const bytes of [new Uint8Array(), new Uint8Array([1, 2, 3]), png.slice(0, png.length / 2)]) {
      await expect(decodeImage(bytes, "broken.png")).rejects.toThrow(wanted);
    }
  });
});

// The package carries files for this platform only; elsewhere there is nothing to unpack.
describe.runIf(bundledBrowserVersion() !== undefined)("unpacking", () => {
  it("can happen many times at once, and leaves one folder", async () => {
    const cache = mkdtempSync(join(tmpdir(), "tandem-cache-"));
    vi.stubEnv("TANDEM_CACHE", cache);
    try {
      const drivers = await Promise.all([unpackSoftwareDriver(), unpackSoftwareDriver(), unpackSoftwareDriver()]);
      expect(new Set(drivers.map((driver) => driver?.loader)).size).toBe(1);
      expect(readdirSync(cache)).toHaveLength(1);
      expect(existsSync(drivers[0]?.manifest ?? "")).toBe(true);
    } finally {
      vi.unstubAllEnvs();
      rmSync(cache, { recursive: true, force: true });
    }
  });
});
