/** Pooling of a small map: which window, who wins. */
import { useState } from "preact/hooks";
import { NumberGrid } from "../../components/numberGrid";
import { Slider } from "../../components/slider";
import { Tabs } from "../../components/tabs";
import { Cells, inRows, Lesson, Waiting } from "../parts";
import { numbersOf, useComputation } from "../useComputation";
import { overlaps, pool, type Pooling as Setting, SLIDE_MAP, windowsOf } from "./pooling";
import { words } from "./words";

const SIDE = 4;

export function Pooling() {
  const t = words();
  const [map, setMap] = useState<readonly number[]>(SLIDE_MAP);
  const [setting, setSetting] = useState<Setting>({ kind: "max", window: 2, stride: 2, rounding: "floor" });
  const [at, setAt] = useState<readonly [number, number]>([0, 0]);
  const state = useComputation(() => pool(map, setting), [map, setting]);
  const windows = windowsOf(SIDE, setting);
  const size = windows.length;
  const picked = [Math.min(at[0], size - 1), Math.min(at[1], size - 1)] as const;
  const columns = state.value?.output?.shape[3] ?? 0;
  const output = inRows(numbersOf(state, "output"), columns);
  const winners = inRows(numbersOf(state, "winners"), columns);
  const [top, bottom] = windows[picked[0]] ?? [0, 0];
  const [left, right] = windows[picked[1]] ?? [0, 0];
  const winner = winners[picked[0]]?.[picked[1]];
  const set = (changes: Partial<Setting>): void => setSetting({ ...setting, ...changes });
  return (
    <Lesson title={t.title} idea={t.idea} notice={t.notice} slides={t.slides}>
      <div class="learn-controls">
        <div class="field">
          <span class="label">{t.kind}</span>
          <Tabs
            label={t.kind}
            options={[
              { id: "max", name: t.max },
              { id: "average", name: t.average },
            ]}
            value={setting.kind}
            onChange={(kind) => set({ kind })}
          />
        </div>
        <div class="field">
          <span class="label">{t.rounding}</span>
          <Tabs
            label={t.rounding}
            options={[
              { id: "floor", name: t.floor },
              { id: "ceil", name: t.ceil },
            ]}
            value={setting.rounding}
            onChange={(rounding) => set({ rounding })}
          />
        </div>
        <Slider label={t.window} value={setting.window} min={1} max={4} onChange={(window) => set({ window })} />
        <Slider label={t.stride} value={setting.stride} min={1} max={3} onChange={(stride) => set({ stride })} />
      </div>
      <div class="learn-grids">
        <div class="learn-grid">
          <h3>{t.map}</h3>
          <div class="pooling-map">
            <NumberGrid
              label={t.map}
              rows={inRows(map, SIDE)}
              width={4}
              marked={(row, column) => setting.kind === "max" && row * SIDE + column === winner}
              onChange={(row, column, value) => setMap(map.map((old, i) => (i === row * SIDE + column ? value : old)))}
            />
            <span
              class="pooling-window"
              aria-hidden="true"
              style={{
                left: `${(100 * left) / SIDE}%`,
                top: `${(100 * top) / SIDE}%`,
                width: `${(100 * (right - left)) / SIDE}%`,
                height: `${(100 * (bottom - top)) / SIDE}%`,
              }}
            />
          </div>
        </div>
        <div class="learn-grid pooling-answer" data-busy={state.kind === "busy"}>
          <h3>{t.output(size)}</h3>
          <Cells
            label={t.output(size)}
            rows={output}
            width={4}
            picked={picked}
            onPick={(row, column) => setAt([row, column])}
          />
        </div>
      </div>
      <Waiting state={state} />
      <p role="status">
        {overlaps(setting) ? t.overlapping : setting.window === setting.stride ? t.touching : t.gaps}{" "}
        {setting.kind === "max" && t.winner}
      </p>
    </Lesson>
  );
}
