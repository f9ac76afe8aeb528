/** Train here: a network learns drawn letters in a worker, and reads the visitor's own. */
import "./train.css";
import { useEffect, useMemo, useState } from "preact/hooks";
import { GLYPHS, glyphDataset } from "../../../src/index";
import { Bars } from "../components/bars";
import { LineChart } from "../components/lineChart";
import { Notice } from "../components/notice";
import { PixelCanvas } from "../components/pixelCanvas";
import { Progress } from "../components/progress";
import { Slider } from "../components/slider";
import { Tabs } from "../components/tabs";
import { compact, duration, number, percent } from "../i18n";
import { greyPicture, type NamedPicture } from "../pictures";
import { averaged, joined } from "./curves";
import { pictureOf, type Stroke } from "./drawing";
import { DRAWN, NETWORKS } from "./network";
import { Pad } from "./pad";
import { LAST_STEP } from "./protocol";
import {
  drawing,
  facts,
  heldOut,
  learnt,
  pace,
  pause,
  phase,
  problem,
  reading,
  resume,
  settings,
  show,
  start,
  stop,
} from "./state";
import { words } from "./words";

/** Pictures that no run learns from. */
const OTHERS = { seed: 12, split: "held-out" } as const;

/** A letter as it is learnt, drawn by the lots of `seed`. */
async function drawn(letter: string, seed: number): Promise<Float32Array> {
  const values = new Float32Array(DRAWN * DRAWN);
  await glyphDataset({ ...OTHERS, seed, count: 1, letters: letter }).read(0, values, 0);
  return values;
}

function Setup() {
  const t = words();
  const { letters, network, rate } = settings.value;
  const toggle = (letter: string): void => {
    // In the order of the alphabet, whatever the order of the clicks.
    const chosen = GLYPHS.filter((each) => (each === letter) !== letters.includes(each));
    settings.value = { ...settings.value, letters: chosen.join("") };
  };
  return (
    <div class="stack">
      <fieldset class="stack">
        <legend class="legend">{t.letters}</legend>
        <div class="train-letters">
          {GLYPHS.map((letter) => (
            <button
              key={letter}
              type="button"
              aria-pressed={letters.includes(letter)}
              aria-label={t.letter(letter)}
              onClick={() => toggle(letter)}
            >
              {letter}
            </button>
          ))}
        </div>
      </fieldset>
      <div>
        <Tabs
          label={t.network}
          options={NETWORKS.map((id) => ({ id, name: t.networks[id] }))}
          value={network}
          onChange={(next) => {
            settings.value = { ...settings.value, network: next, rate: next === "small" ? 0.02 : 0.01 };
          }}
        />
      </div>
      <Slider
        label={t.rate}
        value={rate}
        min={0.005}
        max={0.1}
        step={0.005}
        format={(n) => number(n, 3)}
        onChange={(next) => {
          settings.value = { ...settings.value, rate: next };
        }}
      />
      <div class="row">
        <button type="button" class="button button-main" disabled={letters.length < 2} onClick={start}>
          {t.start}
        </button>
        {letters.length < 2 && <span class="small soft">{t.few}</span>}
      </div>
    </div>
  );
}

function Controls() {
  const t = words();
  const now = phase.value;
  const said = {
    idle: "",
    starting: t.starting,
    running: t.running,
    pausing: t.pausing,
    paused: t.paused,
    finished: t.finished,
    failed: "",
  }[now];
  return (
    <div class="stack">
      <div class="row">
        {(now === "running" || now === "pausing") && (
          <button type="button" class="button button-main" disabled={now === "pausing"} onClick={pause}>
            {now === "pausing" ? t.pausing : t.pause}
          </button>
        )}
        {now === "paused" && (
          <button type="button" class="button button-main" onClick={resume}>
            {t.resume}
          </button>
        )}
        <button type="button" class="button" onClick={stop}>
          {t.again}
        </button>
      </div>
      <div class="train-phase" data-phase={now}>
        <Progress label={said} done={learnt.value.steps.length} total={LAST_STEP} />
      </div>
      {problem.value && (
        <Notice kind="error" title={t.failed}>
          {problem.value}
        </Notice>
      )}
    </div>
  );
}

function Facts() {
  const t = words();
  const { steps, loss } = learnt.value;
  const right = heldOut.value.accuracy.at(-1);
  const times = pace.value;
  const median = [...times].sort((a, b) => a - b)[times.length >> 1];
  return (
    <dl class="facts train-facts">
      <div>
        <dt>{t.step}</dt>
        <dd class="train-step">{number(steps.at(-1) ?? 0)}</dd>
      </div>
      <div>
        <dt>{t.loss}</dt>
        <dd class="train-loss">{loss.length > 0 ? number(loss.at(-1) ?? 0, 3) : "…"}</dd>
      </div>
      <div>
        <dt>{t.right}</dt>
        <dd class="train-right">{right === undefined ? "…" : percent(right)}</dd>
      </div>
      <div>
        <dt>{t.pace}</dt>
        <dd>{median === undefined ? "…" : duration(median)}</dd>
      </div>
      <div>
        <dt>{t.parameters}</dt>
        <dd>{facts.value ? compact(facts.value.parameters) : "…"}</dd>
      </div>
    </dl>
  );
}

function Charts() {
  const t = words();
  const [own, others] = [learnt.value, heldOut.value];
  const made = useMemo(() => {
    const line = (
      name: string,
      token: "--tower-a" | "--tower-b",
      values: readonly (number | null)[],
      points = false,
    ) => ({
      name,
      token,
      values,
      points,
    });
    return {
      loss: [
        line(t.batch, "--tower-a", averaged(own.loss)),
        line(t.heldOut, "--tower-b", joined(own.steps, others.steps, others.loss), true),
      ],
      accuracy: [
        line(t.batch, "--tower-a", averaged(own.accuracy)),
        line(t.heldOut, "--tower-b", joined(own.steps, others.steps, others.accuracy), true),
      ],
    };
  }, [own, others, t]);
  if (own.steps.length < 2) return <p class="soft">{t.noCharts}</p>;
  return (
    <div class="train-charts">
      <div class="stack">
        <h3>{t.lossChart}</h3>
        <LineChart label={t.lossChart} x={own.steps} xLabel={t.step} lines={made.loss} height={220} />
      </div>
      <div class="stack">
        <h3>{t.accuracyChart}</h3>
        <LineChart
          label={t.accuracyChart}
          x={own.steps}
          xLabel={t.step}
          lines={made.accuracy}
          height={220}
          yRange={[0, 1]}
          formatY={(value) => percent(value, 0)}
        />
      </div>
    </div>
  );
}

/** One of each of the first letters chosen, as they are learnt. */
function Study() {
  const t = words();
  const { letters } = settings.value;
  const [samples, setSamples] = useState<readonly NamedPicture[]>([]);
  useEffect(() => {
    let wanted = true;
    const all = Array.from(letters).slice(0, 12);
    void Promise.all(all.map(async (letter, i) => greyPicture(await drawn(letter, i), DRAWN, letter))).then((made) => {
      if (wanted) setSamples(made);
    });
    return () => {
      wanted = false;
    };
  }, [letters]);
  return (
    <div class="stack">
      <h3>{t.study}</h3>
      <p class="small soft">{t.studyText}</p>
      <div class="train-study">
        {samples.map((sample) => (
          <PixelCanvas key={sample.name} pixels={sample} label={t.sample(sample.name)} crisp />
        ))}
      </div>
    </div>
  );
}

const SHOWN = 5;

function Answer() {
  const t = words();
  const { letters } = settings.value;
  const answer = reading.value;
  if (!answer) return <p class="soft">{facts.value ? t.nothing : t.untrained}</p>;
  const ranked = Array.from(letters, (letter, i) => ({ letter, share: answer[i] ?? 0 })).sort(
    (a, b) => b.share - a.share,
  );
  const [first] = ranked;
  return (
    <div class="stack train-answer">
      <span class="train-read" role="status" aria-label={first && t.says(first.letter, percent(first.share, 0))}>
        {first?.letter}
      </span>
      <Bars
        ranked
        label={t.answers}
        rows={ranked.slice(0, SHOWN).map(({ letter, share }) => ({ label: letter, share, value: percent(share) }))}
      />
    </div>
  );
}

function Draw() {
  const t = words();
  const { letters } = settings.value;
  const [strokes, setStrokes] = useState<readonly Stroke[]>([]);
  const [wish, setWish] = useState("");
  const [lot, setLot] = useState(20);
  const chosen = letters.includes(wish) && wish !== "" ? wish : (letters[0] ?? "A");
  const draw = (next: readonly Stroke[]): void => {
    setStrokes(next);
    show(next.length > 0 ? pictureOf(next) : undefined);
  };
  const sees = drawing.value;
  const preview = useMemo(() => sees && greyPicture(sees, DRAWN, t.seen), [sees, t]);
  return (
    <section class="train-draw" aria-label={t.draw}>
      <div>
        <h2>{t.draw}</h2>
        <p class="soft">{t.drawText}</p>
      </div>
      <div class="train-drawing">
        <div class="stack">
          <Pad strokes={strokes} onDraw={draw} />
          <div class="row">
            <button type="button" class="button" onClick={() => draw([])}>
              {t.clear}
            </button>
          </div>
        </div>
        <div class="stack">
          {preview && (
            <div class="stack">
              <h3>{t.seen}</h3>
              <PixelCanvas pixels={preview} label={t.seen} crisp class="train-seen" />
            </div>
          )}
          <div class="stack">
            <h3>{t.forMe}</h3>
            <div class="row">
              <select
                class="select train-which"
                aria-label={t.which}
                value={chosen}
                onChange={(event) => setWish(event.currentTarget.value)}
              >
                {Array.from(letters, (letter) => (
                  <option key={letter}>{letter}</option>
                ))}
              </select>
              <button
                type="button"
                class="button"
                disabled={letters.length === 0}
                onClick={() => {
                  setStrokes([]);
                  setLot(lot + 1);
                  void drawn(chosen, lot).then(show);
                }}
              >
                {t.drawFor}
              </button>
            </div>
          </div>
        </div>
        <Answer />
      </div>
    </section>
  );
}

export default function Train() {
  const t = words();
  const idle = phase.value === "idle";
  return (
    <div class="stack-wide">
      <div class="lead train-lead">
        <h1>{t.title}</h1>
        <p>{t.lead}</p>
      </div>
      <div class="split">
        <div class="stack">
          {idle ? <Setup /> : <Controls />}
          {!idle && <Study />}
        </div>
        <div class="stack">
          <Facts />
          {idle && <Study />}
        </div>
      </div>
      <Charts />
      <Draw />
    </div>
  );
}
