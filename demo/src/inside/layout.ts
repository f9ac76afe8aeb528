/** How a layer's maps are laid out on the page: which belong to which tower, how many are shown, how large. */
import type { Graph } from "../../../src/index";

/** Maps of one tower that are shown at most; the strongest, where there are more. */
const MOST = 96;

/** Pixels of a tile's side at most. */
const LARGEST_TILE = 28;

export interface MapLayout {
  readonly towers: 1 | 2;
  /** Maps of the layer, both towers together. */
  readonly channels: number;
  /** Maps shown of each tower. */
  readonly shown: number;
  readonly columns: number;
  readonly tile: number;
}

/** Towers of a network: its second convolution reads one half of the maps with each half of its filters. */
export function towersOf(graph: Graph): 1 | 2 {
  const conv2 = graph.nodes.find(({ name }) => name === "conv2");
  const { groups } = (conv2?.problem.attributes ?? {}) as { readonly groups?: number };
  return groups === 2 ? 2 : 1;
}

/** As wide as it divides, no wider than twelve maps. */
const columnsFor = (shown: number): number =>
  [12, 8, 6, 4, 3, 2].find((n) => shown % n === 0 && shown >= 2 * n) ?? shown;

export function layoutOf(towers: 1 | 2, channels: number, extent: number): MapLayout {
  const shown = Math.min(MOST, Math.floor(channels / towers));
  return { towers, channels, shown, columns: columnsFor(shown), tile: Math.min(extent, LARGEST_TILE) };
}

/** Numbers of the maps that are shown, tower by tower, the strongest first. */
export function strongest({ towers, channels, shown }: MapLayout, peaks: ArrayLike<number>): number[] {
  const each = Math.floor(channels / towers);
  return Array.from({ length: towers }, (_, tower) =>
    Array.from({ length: each }, (_, i) => tower * each + i)
      .sort((a, b) => (peaks[b] as number) - (peaks[a] as number))
      .slice(0, shown),
  ).flat();
}

/** As `strongest`, in the layer's own order. */
export function inOrder(layout: MapLayout, peaks: ArrayLike<number>): number[] {
  return strongest(layout, peaks).sort((a, b) => a - b);
}
