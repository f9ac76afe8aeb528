/** What to measure: an op and its axes, which kernels, in what state of the caches, for how long. */
import { axesOf, opNamed, opsWithAxes, workloadNames } from "../../../src/index";
import { Progress } from "../components/progress";
import { Slider } from "../components/slider";
import { Tabs } from "../components/tabs";
import { number } from "../i18n";
import { axisTexts, cache, isLayer, kernels, measure, phase, progress, seconds, stop, subject } from "./state";
import { words } from "./words";

/** Defaults in the brackets of an axis's meaning; small ones where a page should not take minutes. */
const STARTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  matmul: { m: "64,128,256" },
  conv2d: { channels: "16,32,64", size: "14" },
  softmax: { rows: "1..64*4" },
  lstm: { hidden: "64,128", sequence: "16" },
  copy: { count: "65536..1048576*4" },
};

function Axes() {
  const t = words();
  const meanings = isLayer.value ? { batch: t.batch } : axesOf(opNamed(subject.value));
  return (
    <fieldset class="lab-axes">
      <legend class="legend">{t.axes}</legend>
      {Object.entries(meanings).map(([axis, meaning]) => (
        <div class="field" key={axis}>
          <label for={`lab-axis-${axis}`}>{axis}</label>
          <input
            id={`lab-axis-${axis}`}
            class="input"
            value={axisTexts.value[axis] ?? ""}
            placeholder={/\(([^)]*)\)/.exec(meaning)?.[1] ?? ""}
            title={meaning}
            spellcheck={false}
            onInput={(event) => {
              axisTexts.value = { ...axisTexts.value, [axis]: event.currentTarget.value };
            }}
          />
        </div>
      ))}
      <p class="soft small lab-axes-help">{t.axesHelp}</p>
    </fieldset>
  );
}

export function Setup() {
  const t = words();
  const { done, total, what } = progress.value;
  const busy = phase.value !== "idle";
  return (
    <section class="card stack" aria-labelledby="lab-setup">
      <h2 id="lab-setup">{t.setupTitle}</h2>
      <div class="field">
        <label for="lab-subject">{t.subject}</label>
        <select
          id="lab-subject"
          class="select"
          value={subject.value}
          onChange={(event) => {
            subject.value = event.currentTarget.value;
            axisTexts.value = STARTS[subject.value] ?? {};
          }}
        >
          <optgroup label={t.ops}>
            {opsWithAxes.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </optgroup>
          <optgroup label={t.layers}>
            {workloadNames.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </optgroup>
        </select>
      </div>
      <Axes />
      <div class="row">
        <Tabs
          label={t.kernels}
          options={[
            { id: "chosen", name: t.chosen },
            { id: "all", name: t.all },
          ]}
          value={kernels.value}
          onChange={(next) => {
            kernels.value = next;
          }}
        />
        <Tabs
          label={t.caches}
          options={[
            { id: "warm", name: t.warm },
            { id: "cold", name: t.cold },
          ]}
          value={cache.value}
          onChange={(next) => {
            cache.value = next;
          }}
        />
      </div>
      <Slider
        label={t.budget}
        value={seconds.value}
        min={0.1}
        max={5}
        step={0.1}
        format={(value) => `${number(value, 1)} s`}
        onChange={(next) => {
          seconds.value = next;
        }}
      />
      <div class="row">
        <button type="button" class="button button-main" disabled={busy} onClick={measure}>
          {t.measure}
        </button>
        <button type="button" class="button" disabled={phase.value !== "running"} onClick={stop}>
          {t.stop}
        </button>
      </div>
      {busy && <Progress label={what || t.starting} done={done} total={total} />}
    </section>
  );
}
