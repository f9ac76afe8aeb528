/** AlexNet and its recipe: weights and work, the first layer's border, momentum, normalisation, and corrections. */
import { useMemo, useState } from "preact/hooks";
import { Bars } from "../../components/bars";
import { Slider } from "../../components/slider";
import { Tabs } from "../../components/tabs";
import { compact, number, percent } from "../../i18n";
import { powers } from "../numbers";
import { Columns, inRows, Lesson, Waiting } from "../parts";
import { numbersOf, useComputation } from "../useComputation";
import {
  CONVENTIONS,
  type Convention,
  type Descent,
  descend,
  type FirstMaps,
  firstMapSide,
  layerFacts,
  normalise,
  PIXEL,
} from "./facts";
import { Valley } from "./valley";
import { words } from "./words";

function Layers() {
  const t = words();
  const [measure, setMeasure] = useState<"parameters" | "products">("parameters");
  const layers = useMemo(layerFacts, []);
  const total = layers.reduce((sum, layer) => sum + layer[measure], 0);
  const convolutional = layers
    .filter(({ kind }) => kind === "convolution")
    .reduce((sum, layer) => sum + layer[measure], 0);
  const largest = Math.max(...layers.map((layer) => layer[measure]));
  return (
    <Lesson title={t.title} idea={t.idea} notice={t.notice}>
      <div>
        <Tabs
          label={t.measure}
          options={[
            { id: "parameters", name: t.weights },
            { id: "products", name: t.work },
          ]}
          value={measure}
          onChange={setMeasure}
        />
      </div>
      <Bars
        label={measure === "parameters" ? t.weights : t.work}
        rows={layers.map((layer) => ({
          label: t.layer(layer.name, layer.output.join(" × ")),
          share: layer[measure] / largest,
          value: compact(layer[measure]),
          tower: layer.kind === "convolution" ? "a" : "b",
        }))}
      />
      <dl class="facts">
        <div>
          <dt>{t.total}</dt>
          <dd>{number(total)}</dd>
        </div>
        <div>
          <dt>{t.convolutional}</dt>
          <dd>{percent(convolutional / total, 1)}</dd>
        </div>
      </dl>
    </Lesson>
  );
}

function Border() {
  const t = words();
  const [maps, setMaps] = useState<FirstMaps>({ pixels: 224, padding: 0, rounding: "floor" });
  const side = firstMapSide(maps);
  const set = (changes: Partial<FirstMaps>): void => setMaps({ ...maps, ...changes });
  const { pixels, padding, rounding } = maps;
  const [open, close] = rounding === "floor" ? ["⌊", "⌋"] : ["⌈", "⌉"];
  return (
    <Lesson title={t.borderTitle} idea={t.borderIdea} notice={t.borderNotice}>
      <div class="learn-controls">
        <Slider label={t.pixels} value={pixels} min={220} max={230} onChange={(value) => set({ pixels: value })} />
        <Slider label={t.padding} value={padding} min={0} max={3} onChange={(value) => set({ padding: value })} />
        <div class="field">
          <span class="label">{t.rounding}</span>
          <div>
            <Tabs
              label={t.rounding}
              options={[
                { id: "floor", name: t.floor },
                { id: "ceil", name: t.ceil },
              ]}
              value={rounding}
              onChange={(next) => set({ rounding: next })}
            />
          </div>
        </div>
      </div>
      <p class="learn-formula">
        {open}({pixels} + 2·{padding} − 11) / 4{close} + 1 = <strong>{side}</strong>
      </p>
      <p class="learn-big alexnet-side" role="status">
        {t.maps(side)}
      </p>
    </Lesson>
  );
}

const STEPS = 60;

function Momentum() {
  const t = words();
  const [descent, setDescent] = useState<Descent>({ rate: 0.2, momentum: 0.9, decay: 0.0005 });
  const set = (changes: Partial<Descent>): void => setDescent({ ...descent, ...changes });
  const state = useComputation(() => descend(descent, STEPS), [descent]);
  const path = inRows(numbersOf(state, "path"), 2);
  const end = path.at(-1);
  return (
    <Lesson title={t.momentumTitle} idea={t.momentumIdea} notice={t.momentumNotice}>
      <Valley path={path} label={t.path(powers(end?.[0]), powers(end?.[1]))} />
      <p class="small soft alexnet-path">{t.path(powers(end?.[0]), powers(end?.[1]))}</p>
      <div class="learn-controls">
        <Slider
          label={t.rate}
          value={descent.rate}
          min={0.05}
          max={2.5}
          step={0.05}
          format={(n) => number(n, 2)}
          onChange={(rate) => set({ rate })}
        />
        <Slider
          label={t.momentum}
          value={descent.momentum}
          min={0}
          max={0.9}
          step={0.1}
          format={(n) => number(n, 1)}
          onChange={(momentum) => set({ momentum })}
        />
      </div>
      <Waiting state={state} />
    </Lesson>
  );
}

function Normalisation() {
  const t = words();
  const [convention, setConvention] = useState<Convention>("original");
  const state = useComputation(() => normalise(PIXEL, convention), [convention]);
  const output = numbersOf(state, "output");
  const largest = Math.max(...PIXEL.map(Math.abs));
  const columns = (values: readonly number[], tower: "a" | "b") =>
    values.map((value) => ({ name: number(value, 2), share: value / largest, value: number(value, 6), tower }));
  return (
    <Lesson title={t.lrnTitle} idea={t.lrnIdea} notice={t.lrnNotice}>
      <div class="field">
        <span class="label">{t.convention}</span>
        <div>
          <Tabs
            label={t.convention}
            options={(Object.keys(CONVENTIONS) as Convention[]).map((id) => ({ id, name: t.conventions[id] }))}
            value={convention}
            onChange={setConvention}
          />
        </div>
      </div>
      <div class="learn-controls">
        <div class="learn-grid">
          <h3>{t.before}</h3>
          <Columns signed label={t.before} columns={columns(PIXEL, "a")} />
        </div>
        <div class="learn-grid alexnet-lrn">
          <h3>{t.after}</h3>
          <Columns signed label={t.after} columns={columns(output, "b")} />
        </div>
      </div>
      <Waiting state={state} />
    </Lesson>
  );
}

export function AlexNet() {
  const t = words();
  return (
    <>
      <Layers />
      {[Border, Momentum, Normalisation].map((Part) => (
        <div class="learn-part" key={Part.name}>
          <Part />
        </div>
      ))}
      <section class="learn-part">
        <h2>{t.correctionsTitle}</h2>
        <ul class="stack learn-points">
          {t.corrections.map((text) => (
            <li key={text}>{text}</li>
          ))}
        </ul>
      </section>
    </>
  );
}
