/** Runs tasks in the page: the command line calls `tandemCall`, hears of progress, and serves the files it named. */
import { FormatError, NoAdapterError, TandemError, UnknownNameError } from "../../core/errors";
import { useTuningStore } from "../../engine/tuningStore";
import { urlSource } from "../../io/source";
import type { DecodedImage, HostFacts, Progress, TaskContext } from "../hosts/context";
import { type Answer, errorData } from "../hosts/remote";
import { tasks } from "../tasks";

declare global {
  interface Window {
    /** Set by the command line. */
    tandemProgress?: (progress: Progress) => Promise<void>;
    /** Set by the command line when the user wants an end. */
    tandemStop?: boolean;
    /** Called by the command line with the measured kernel choices that it keeps. */
    tandemKeep: (tuning: string) => void;
    /** Called by the command line. */
    tandemCall: (task: string, args: unknown, host: HostFacts) => Promise<Answer>;
  }
}

/** The server gives files only to who knows the token, which stands in the page's address. */
const token = location.hash.slice(1);

const address = (kind: "read" | "list", path: string): string => `/${kind}?${new URLSearchParams({ path })}`;

/** A file that the server refuses is refused in its words. */
const withToken: typeof fetch = async (what, { headers } = {}) => {
  const response = await fetch(what, { headers: { ...(headers as Record<string, string>), "x-tandem-token": token } });
  if (response.status === 404) throw new Error(await response.text());
  return response;
};

async function served(kind: "read" | "list", path: string): Promise<Response> {
  const response = await fetch(address(kind, path), { headers: { "x-tandem-token": token } });
  if (!response.ok) throw new FormatError(path, await response.text());
  return response;
}

async function decodeImage(bytes: Uint8Array<ArrayBuffer>, name: string): Promise<DecodedImage> {
  let bitmap: ImageBitmap;
  try {
    // No colour conversion: the bytes as they are stored, which is what networks are trained on.
    bitmap = await createImageBitmap(new Blob([bytes]), { colorSpaceConversion: "none", premultiplyAlpha: "none" });
  } catch {
    throw new FormatError(name, "is no image that can be decoded; PNG, JPEG and WebP can");
  }
  const { width, height } = bitmap;
  const canvas = new OffscreenCanvas(width, height);
  const drawing = canvas.getContext("2d", { willReadFrequently: true });
  if (!drawing) throw new TandemError(`no canvas of ${width}×${height} pixels could be made for ${name}`);
  drawing.drawImage(bitmap, 0, 0);
  bitmap.close();
  return { width, height, rgba: drawing.getImageData(0, 0, width, height).data as Uint8ClampedArray<ArrayBuffer> };
}

/** Progress is told at most ten times a second: each message crosses processes. */
function throttled(tell: (progress: Progress) => void): (progress: Progress) => void {
  let last = Number.NEGATIVE_INFINITY;
  return (progress) => {
    const now = performance.now();
    if (now - last < 100 && progress.done < progress.total) return;
    last = now;
    tell(progress);
  };
}

window.tandemKeep = (tuning) => useTuningStore({ read: async () => tuning, write: async () => undefined });

window.tandemCall = async (name, args, host) => {
  try {
    const task = tasks[name];
    if (!task) throw new UnknownNameError("task", name, Object.keys(tasks));
    if (!navigator.gpu) throw new NoAdapterError(`this browser (${host.version}) has no WebGPU`);
    const context: TaskContext = {
      gpu: navigator.gpu,
      host,
      read: async (path) => new Uint8Array(await (await served("read", path)).arrayBuffer()),
      open: (path) => urlSource(address("read", path), withToken, path),
      list: async (path) => (await (await served("list", path)).json()) as string[],
      write: async (path, bytes) => {
        const headers = { "x-tandem-token": token };
        const response = await fetch(`/write?${new URLSearchParams({ path })}`, {
          method: "POST",
          body: bytes,
          headers,
        });
        if (!response.ok) throw new FormatError(path, await response.text());
      },
      stopping: () => window.tandemStop === true,
      progress: throttled((progress) => void window.tandemProgress?.(progress)),
      decodeImage,
    };
    return { value: await task(args as never, context) };
  } catch (error) {
    return { error: errorData(error) };
  }
};
