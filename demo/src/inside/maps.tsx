/** What one layer found in the picture: its towers' maps, and the maps that answered most. */
import type { Tensor } from "../../../src/index";
import { Bars } from "../components/bars";
import { Notice } from "../components/notice";
import { PixelCanvas } from "../components/pixelCanvas";
import { Progress } from "../components/progress";
import { Tabs } from "../components/tabs";
import { useTask } from "../hooks";
import { bytes, number, percent } from "../i18n";
import { words as networkWords } from "../networks/words";
import { coloured } from "./colours";
import type { LayerView, Probe } from "./probe";
import { order } from "./state";
import { words } from "./words";

const TOWERS = ["a", "b"] as const;

/** The tower of a map: its half of the layer. */
const towerOf = ({ layer: { layout } }: LayerView, map: number): "a" | "b" =>
  layout.towers === 2 && map >= layout.channels / 2 ? "b" : "a";

function Grid({ view, tower }: { readonly view: LayerView; readonly tower: "a" | "b" }) {
  const t = words();
  const { layout } = view.layer;
  const pitch = layout.tile + 1;
  const rows = Math.ceil(layout.shown / layout.columns);
  const from = tower === "a" ? 0 : rows * pitch;
  const pixels = coloured(view.grid, tower, from, from + rows * pitch - 1);
  const all = Math.floor(layout.channels / layout.towers);
  const label = t.maps(layout.towers === 1 ? t.towers.one : t.towers[tower], number(layout.shown), number(all));
  return (
    <figure class="inside-tower" data-tower={tower}>
      <figcaption class="small">{label}</figcaption>
      <PixelCanvas pixels={pixels} label={label} class="inside-grid" crisp />
    </figure>
  );
}

function Best({ view }: { readonly view: LayerView }) {
  const t = words();
  const { best, bestMaps } = view;
  const side = best.height;
  return (
    <div class="stack">
      <h3>{t.best}</h3>
      <ol class="inside-best">
        {bestMaps.map(({ map, peak }, k) => {
          const left = k * (side + 1);
          const values = Float32Array.from({ length: side * side }, (_, i) =>
            Number(best.values[Math.floor(i / side) * best.width + left + (i % side)]),
          );
          const label = t.map(number(map), number(peak, 2));
          const pixels = coloured({ width: side, height: side, values }, towerOf(view, map), 0, side);
          return (
            <li key={map}>
              <PixelCanvas pixels={pixels} label={label} class="inside-grid" crisp />
              <span class="small soft number">{label}</span>
            </li>
          );
        })}
      </ol>
    </div>
  );
}

export interface MapsProps {
  readonly probe: Probe;
  readonly image: Tensor;
  readonly layer: string;
}

export function Maps({ probe, image, layer }: MapsProps) {
  const t = words();
  const wish = order.value;
  const state = useTask(() => probe.view(layer, image, wish), [probe, image, layer, wish]);
  if (state.kind === "failed")
    return (
      <Notice kind="error" title={t.failed}>
        {state.error.message}
      </Notice>
    );
  const view = state.value;
  if (!view) return <Progress label={t.looking} />;
  const { towers } = view.layer.layout;
  return (
    <div class="stack inside-maps" data-stale={state.kind !== "done"}>
      <Best view={view} />
      <Tabs
        label={t.order}
        value={wish}
        onChange={(next) => {
          order.value = next;
        }}
        options={[
          { id: "strongest", name: t.strongest },
          { id: "own", name: t.own },
        ]}
      />
      <div class="inside-towers" data-towers={towers}>
        {TOWERS.slice(0, towers).map((tower) => (
          <Grid key={tower} view={view} tower={tower} />
        ))}
      </div>
      <p class="small soft">
        {t.read(bytes(view.readBytes))} {t.stayed(bytes(view.layer.tensorBytes))}
      </p>
    </div>
  );
}

/** What stands at the end: the answer. */
export function FlatLayer({ probe, image, last }: Omit<MapsProps, "layer"> & { readonly last: boolean }) {
  const t = words();
  const state = useTask(() => probe.guesses(image, 5), [probe, image]);
  if (!last) return <p class="soft">{t.flat}</p>;
  if (!state.value) return <Progress label={t.looking} />;
  return (
    <Bars
      ranked
      label={t.answer}
      rows={state.value.map(({ label, index, probability }) => ({
        label: label ?? networkWords().unnamed(index),
        share: probability,
        value: percent(probability),
      }))}
    />
  );
}
