/** Vanishing and exploding gradients: what is left of a gradient, step by step back through time. */
import { useState } from "preact/hooks";
import { Notice } from "../../components/notice";
import { Slider } from "../../components/slider";
import { Tabs } from "../../components/tabs";
import { number } from "../../i18n";
import { powers } from "../numbers";
import { Columns, Lesson, Waiting } from "../parts";
import { numbersOf, useComputation } from "../useComputation";
import { CELLS, type Through, throughTime, verdict } from "./through";
import { words } from "./words";

/** Powers of ten that a bar can stand for, up and down. */
const REACH = 9;

const logOf = (ratio: number): number => (ratio > 0 ? Math.log10(ratio) : -99);

export function Gradients() {
  const t = words();
  const [setting, setSetting] = useState<Through>({ cell: "tanh", steps: 30, stretch: 0.9, forgetBias: 3 });
  const set = (changes: Partial<Through>): void => setSetting({ ...setting, ...changes });
  const state = useComputation(() => throughTime(setting), [setting]);
  const norms = numbersOf(state, "norms");
  const last = norms.at(-1) ?? 1;
  const ratios = norms.map((norm) => norm / last);
  const judged = norms.length > 0 ? verdict(norms) : undefined;
  return (
    <Lesson title={t.title} idea={t.idea} notice={t.notice} slides={t.slides}>
      <div class="field">
        <span class="label">{t.cell}</span>
        <div>
          <Tabs
            label={t.cell}
            options={CELLS.map((id) => ({ id, name: t[id] }))}
            value={setting.cell}
            onChange={(cell) => set({ cell })}
          />
        </div>
      </div>
      <figure class="stack">
        <figcaption class="learn-caption">{t.chart}</figcaption>
        <div class="gradients-chart">
          <span class="gradients-scale" aria-hidden="true">
            <span>10⁹</span>
            <span>1</span>
            <span>10⁻⁹</span>
          </span>
          <Columns
            signed
            height={12}
            label={t.chart}
            columns={ratios.map((ratio, i) => {
              const back = ratios.length - 1 - i;
              const power = logOf(ratio);
              return {
                name: back % 5 === 0 ? String(-back).replace("-", "−") : "",
                share: power / REACH,
                value: `${t.bar(back)}: ${powers(ratio)}`,
                tower: power > 0 ? "b" : "a",
              };
            })}
          />
        </div>
      </figure>
      {judged && (
        <div class="gradients-verdict" data-verdict={judged}>
          <Notice kind={judged === "alive" ? "note" : "warning"}>
            {t.verdict[judged]} {t.first}: <strong>{powers(ratios[0])}</strong>
          </Notice>
        </div>
      )}
      <Waiting state={state} />
      <div class="learn-controls">
        <Slider
          label={t.stretch}
          value={setting.stretch}
          min={0.2}
          max={2.5}
          step={0.05}
          format={(n) => number(n, 2)}
          onChange={(stretch) => set({ stretch })}
        />
        <Slider label={t.steps} value={setting.steps} min={5} max={60} step={5} onChange={(steps) => set({ steps })} />
        {setting.cell === "lstm" && (
          <Slider
            label={t.forget}
            value={setting.forgetBias}
            min={-3}
            max={6}
            step={0.5}
            format={(n) => number(n, 1)}
            onChange={(forgetBias) => set({ forgetBias })}
          />
        )}
      </div>
      <section class="stack">
        <h3>{t.signs}</h3>
        <div class="learn-controls">
          {(
            [
              [t.vanishing, t.vanishingSigns],
              [t.exploding, t.explodingSigns],
            ] as const
          ).map(([name, signs]) => (
            <div class="card stack" key={name}>
              <strong>{name}</strong>
              <ul class="learn-points">
                {signs.map((sign) => (
                  <li key={sign}>{sign}</li>
                ))}
              </ul>
            </div>
          ))}
        </div>
        <p>{t.remedies}</p>
      </section>
    </Lesson>
  );
}
