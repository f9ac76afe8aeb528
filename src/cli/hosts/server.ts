/**
 * A small server on 127.0.0.1 for the page that a browser runs. It sends the headers of cross-origin isolation, with
 * which `performance.now()` steps by 5 µs and not 100. Files are given only with a token that no other page knows.
 */
import { randomBytes } from "node:crypto";
import { createReadStream, existsSync, statSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize, sep } from "node:path";
import type { Files } from "./files";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json",
  ".map": "application/json",
  ".wasm": "application/wasm",
};

const ISOLATION = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
  "cross-origin-resource-policy": "same-origin",
  "cache-control": "no-store",
};

export interface Server {
  /** Address of the page, token and all. */
  readonly address: string;
  close(): Promise<void>;
}

function fail(response: ServerResponse, status: number, reason: string): void {
  response.writeHead(status, { ...ISOLATION, "content-type": "text/plain; charset=utf-8" }).end(reason);
}

/** The body of a request. */
async function whole(request: IncomingMessage): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return new Uint8Array(Buffer.concat(parts));
}

/** Serves the folders by address prefix (`"/"` holds the page), and to the page, at `/read` and `/list`, the files. */
export async function serve(folders: Readonly<Record<string, string>>, files: Files): Promise<Server> {
  const token = randomBytes(16).toString("hex");
  const prefixes = Object.keys(folders).sort((a, b) => b.length - a.length);
  let origin = "";

  const fileAt = (encoded: string): string | undefined => {
    let path: string;
    try {
      path = decodeURIComponent(encoded);
    } catch {
      return undefined;
    }
    const prefix = prefixes.find((candidate) => path.startsWith(candidate));
    if (prefix === undefined) return undefined;
    const root = normalize(folders[prefix] as string);
    const rest = path.slice(prefix.length);
    const file = join(root, rest === "" ? "index.html" : rest);
    const inside = file.startsWith(root.endsWith(sep) ? root : root + sep);
    return inside && existsSync(file) && statSync(file).isFile() ? file : undefined;
  };

  const send = (file: string | undefined, response: ServerResponse): void => {
    if (file === undefined) {
      fail(response, 404, "not found");
      return;
    }
    response.writeHead(200, { ...ISOLATION, "content-type": TYPES[extname(file)] ?? "application/octet-stream" });
    createReadStream(file)
      .on("error", () => response.destroy())
      .pipe(response);
  };

  const opened = new Map<string, ReturnType<Files["open"]>>();

  /** Gives bytes `first` to `last` of a file, as many as it has of them. */
  const part = (path: string, first: number, last: number, response: ServerResponse): void => {
    const source = opened.get(path) ?? files.open(path);
    opened.set(path, source);
    source
      .then(async ({ size, read }) => {
        const end = Math.min(last + 1, size);
        if (first >= end) {
          response.writeHead(416, { ...ISOLATION, "content-range": `bytes */${size}` }).end();
          return;
        }
        const body = await read(first, end - first);
        const range = {
          "content-range": `bytes ${first}-${end - 1}/${size}`,
          "content-type": "application/octet-stream",
        };
        response.writeHead(206, { ...ISOLATION, ...range }).end(body);
      })
      .catch((error: Error) => fail(response, 404, error.message.replace(`${path}: `, "")));
  };

  const server = createServer((request, response) => {
    // Another host name that was made to point here is not the page that was opened.
    if (`http://${request.headers.host}` !== origin) return fail(response, 403, "wrong host");
    const { pathname, searchParams } = new URL(request.url ?? "/", origin);
    if (request.method === "POST" && pathname === "/write") {
      if (request.headers["x-tandem-token"] !== token) return fail(response, 403, "wrong token");
      const path = searchParams.get("path") ?? "";
      whole(request)
        .then((bytes) => files.write(path, bytes))
        .then(
          () => response.writeHead(200, ISOLATION).end(),
          (error: Error) => fail(response, 400, error.message.replace(`${path}: `, "")),
        );
      return;
    }
    if (request.method !== "GET") return fail(response, 405, "only GET is served");
    if (pathname !== "/read" && pathname !== "/list") return send(fileAt(pathname), response);
    if (request.headers["x-tandem-token"] !== token) return fail(response, 403, "wrong token");
    const path = searchParams.get("path") ?? "";
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "") ?? [];
    if (pathname === "/read" && first !== undefined) return part(path, Number(first), Number(last), response);
    const answer = pathname === "/read" ? files.read(path) : files.list(path).then((names) => JSON.stringify(names));
    answer.then(
      (body) => response.writeHead(200, { ...ISOLATION, "content-type": "application/octet-stream" }).end(body),
      // The page puts the file's name before the reason again.
      (error: Error) => fail(response, 404, error.message.replace(`${path}: `, "")),
    );
  });
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    address: `${origin}/#${token}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
