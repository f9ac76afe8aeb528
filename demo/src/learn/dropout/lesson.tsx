/** Dropout: masks by seed and step, and what goes on in training and afterwards. */
import { useEffect, useState } from "preact/hooks";
import { Slider } from "../../components/slider";
import { Tabs } from "../../components/tabs";
import { number, percent } from "../../i18n";
import { Lesson, Waiting } from "../parts";
import { numbersOf, useComputation } from "../useComputation";
import { ACTIVATIONS, type Dropping, dropUnits, UNITS } from "./masks";
import { words } from "./words";

const LAST_STEP = 99;
/** Milliseconds between masks while they play. */
const BEAT_MS = 500;

const mean = (values: readonly number[]): string =>
  values.length === 0 ? "…" : number(values.reduce((sum, value) => sum + value, 0) / values.length, 3);

export function Dropout() {
  const t = words();
  const [setting, setSetting] = useState<Dropping>({ p: 0.5, seed: 0, step: 0, form: "paper" });
  const [playing, setPlaying] = useState(false);
  const set = (changes: Partial<Dropping>): void => setSetting((old) => ({ ...old, ...changes }));
  useEffect(() => {
    if (!playing) return;
    const timer = setInterval(
      () => setSetting((old) => ({ ...old, step: old.step === LAST_STEP ? 0 : old.step + 1 })),
      BEAT_MS,
    );
    return () => clearInterval(timer);
  }, [playing]);
  const state = useComputation(() => dropUnits(setting), [setting]);
  const mask = numbersOf(state, "mask");
  const kept = mask.reduce((sum, value) => sum + value, 0);
  return (
    <Lesson title={t.title} idea={t.idea} notice={t.notice}>
      <div class="learn-side">
        <div class="learn-grid">
          <h3>{t.units}</h3>
          <div class="dropout-units" role="img" aria-label={t.state(kept, UNITS)}>
            {ACTIVATIONS.map((value, i) => (
              <span
                key={i}
                data-kept={mask[i] === 1}
                style={{ "--strength": `${Math.round(100 * value)}%` }}
                aria-hidden="true"
              />
            ))}
          </div>
        </div>
        <div class="stack">
          <Slider
            label={t.p}
            value={setting.p}
            min={0}
            max={0.9}
            step={0.1}
            format={(n) => number(n, 1)}
            onChange={(p) => set({ p })}
          />
          <Slider label={t.step} value={setting.step} min={0} max={LAST_STEP} onChange={(step) => set({ step })} />
          <Slider label={t.seed} value={setting.seed} min={0} max={9} onChange={(seed) => set({ seed })} />
          <div>
            <button type="button" class="button" onClick={() => setPlaying(!playing)}>
              {playing ? t.pause : t.play}
            </button>
          </div>
          <div class="field">
            <span class="label">{t.form}</span>
            <div>
              <Tabs
                label={t.form}
                options={[
                  { id: "paper", name: t.paper },
                  { id: "inverted", name: t.inverted },
                ]}
                value={setting.form}
                onChange={(form) => set({ form })}
              />
            </div>
          </div>
          <p class="soft">{setting.form === "paper" ? t.paperText : t.invertedText}</p>
        </div>
      </div>
      <dl class="facts">
        <div>
          <dt>{t.kept}</dt>
          <dd class="dropout-kept">{mask.length > 0 ? `${kept} / ${UNITS} (${percent(kept / UNITS, 0)})` : "…"}</dd>
        </div>
        <div>
          <dt>{t.train}</dt>
          <dd>{mean(numbersOf(state, "train"))}</dd>
        </div>
        <div>
          <dt>{t.average}</dt>
          <dd>{mean(numbersOf(state, "average"))}</dd>
        </div>
        <div>
          <dt>{t.test}</dt>
          <dd>{mean(numbersOf(state, "test"))}</dd>
        </div>
      </dl>
      <Waiting state={state} />
    </Lesson>
  );
}
