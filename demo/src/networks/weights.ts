/**
 * Where a network's weights come from: shipped with the page, a file or an address of the visitor's (kept in the browser's
 * cache storage, so that the next visit has them), or a seed.
 */
import { signal } from "@preact/signals";
import { type ByteSource, blobSource, readWeights } from "../../../src/index";
import type { Network, NetworkId } from "./list";

export type Weights =
  | { readonly origin: "shipped"; readonly source: ByteSource }
  | { readonly origin: "file" | "address" | "kept"; readonly name: string; readonly source: ByteSource }
  | { readonly origin: "seed"; readonly seed: number };

/** What happens on the way to new weights, for the progress bar. */
export type Loading =
  | { readonly what: "fetching" | "checking"; readonly done: number; readonly total: number | undefined }
  | undefined;

/** Weights by network, as far as they are known. */
export const weights = signal<Partial<Record<NetworkId, Weights>>>({});

const SEED = 2012;
const CACHE = "tandem-weights";
const NAME_HEADER = "x-tandem-name";

const keyOf = (id: NetworkId): string => new URL(`kept-weights/${id}`, location.href).href;

/** The browser's store; none in private windows of some browsers and on pages without https. */
async function store(): Promise<Cache | undefined> {
  try {
    return await caches.open(CACHE);
  } catch {
    return undefined;
  }
}

async function kept(id: NetworkId): Promise<Weights | undefined> {
  const response = await (await store())?.match(keyOf(id));
  if (!response) return undefined;
  const name = decodeURIComponent(response.headers.get(NAME_HEADER) ?? id);
  return { origin: "kept", name, source: blobSource(name, await response.blob()) };
}

const set = (id: NetworkId, next: Weights): void => {
  weights.value = { ...weights.value, [id]: next };
};

/** Finds the weights to begin with: kept ones, shipped ones, or random ones. */
export async function firstWeights(network: Network): Promise<void> {
  if (weights.value[network.id]) return;
  const found = (await kept(network.id)) ?? (await shipped(network)) ?? { origin: "seed", seed: SEED };
  if (!weights.value[network.id]) set(network.id, found);
}

/** Shipped weights by their address. */
const fetched = new Map<string, Promise<Blob>>();

/** The bytes of shipped weights, fetched once. */
export function fetchShipped(url: string): Promise<Blob> {
  const known = fetched.get(url);
  if (known) return known;
  const fetching = fetch(url).then((response) => {
    if (!response.ok) throw new Error(`${url}: ${response.status} ${response.statusText}`);
    return response.blob();
  });
  fetched.set(url, fetching);
  fetching.catch(() => fetched.delete(url));
  return fetching;
}

async function shipped({ shipped: url, model }: Network): Promise<Weights | undefined> {
  if (url === undefined) return undefined;
  return { origin: "shipped", source: blobSource(`${model.name}.safetensors`, await fetchShipped(url)) };
}

/** Reads a whole body, telling how far it is. */
async function download(url: string, tell: (loading: Loading) => void): Promise<Blob> {
  const response = await fetch(url);
  if (!response.ok || !response.body) throw new Error(`${url}: ${response.status} ${response.statusText}`);
  const length = Number(response.headers.get("content-length"));
  const total = Number.isFinite(length) && length > 0 ? length : undefined;
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let done = 0;
  const reader = response.body.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    parts.push(next.value);
    done += next.value.length;
    tell({ what: "fetching", done, total });
  }
  return new Blob(parts);
}

/**
 * Takes weights of the visitor's, once every tensor has been found to fit; keeps them for the next visit.
 * @throws FormatError saying what does not fit; what an address answers. The weights before stay in use then.
 */
export async function takeWeights(
  network: Network,
  from: File | string,
  tell: (loading: Loading) => void,
): Promise<void> {
  const name = typeof from === "string" ? from : from.name;
  const blob = typeof from === "string" ? await download(from, tell) : from;
  const source = blobSource(name, blob);
  await readWeights(network.model.build(), source, network.model.weightNames, (done, total) =>
    tell({ what: "checking", done, total }),
  );
  const headers = { [NAME_HEADER]: encodeURIComponent(name) };
  const keeping = (await store())?.put(keyOf(network.id), new Response(blob, { headers }));
  // A full disk: the weights serve until the page is closed.
  await keeping?.catch(() => undefined);
  set(network.id, { origin: typeof from === "string" ? "address" : "file", name, source });
}

/** Goes back to the weights that the page has without the visitor's. */
export async function forgetWeights(network: Network): Promise<void> {
  await (await store())?.delete(keyOf(network.id));
  const { [network.id]: _, ...others } = weights.value;
  weights.value = others;
  await firstWeights(network);
}
