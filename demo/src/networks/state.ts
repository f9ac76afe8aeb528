/** What the visitor has chosen: a network and a picture. Kept while sections come and go, and when the device is lost. */
import { computed, signal } from "@preact/signals";
import type { NamedPicture } from "../pictures";
import { type NetworkId, networkOf, type Samples } from "./list";
import { samplesOf } from "./samples";

export const chosen = signal<NetworkId>("glyphs");

export const network = computed(() => networkOf(chosen.value));

/** The visitor's own picture; the networks all look at it until one of the page's is chosen. */
const own = signal<NamedPicture | undefined>(undefined);

const sampled = signal<Partial<Record<Samples, NamedPicture>>>({});

/** The picture that the chosen network looks at; undefined until the page's own are there. */
export const picture = computed(() => own.value ?? sampled.value[network.value.samples]);

export function showOwn(next: NamedPicture): void {
  own.value = next;
}

export function showSample(next: NamedPicture): void {
  own.value = undefined;
  sampled.value = { ...sampled.value, [network.value.samples]: next };
}

/** The page's own pictures for the chosen network; the first is shown if there is none yet. */
export async function loadSamples(kind: Samples): Promise<readonly NamedPicture[]> {
  const samples = await samplesOf(kind);
  const [first] = samples;
  if (first && !sampled.value[kind]) sampled.value = { ...sampled.value, [kind]: first };
  return samples;
}
