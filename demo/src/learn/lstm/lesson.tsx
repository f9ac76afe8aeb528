/** An LSTM cell through time: switches above, gates below, and what it remembers. */
import { Fragment } from "preact";
import { useState } from "preact/hooks";
import { Slider } from "../../components/slider";
import { number } from "../../i18n";
import { powers } from "../numbers";
import { Columns, inRows, Lesson, Waiting } from "../parts";
import { numbersOf, useComputation } from "../useComputation";
import { GATES, type Moment, runMemory, STORY } from "./memory";
import { words } from "./words";

const SWITCHES = ["write", "erase", "read"] as const;

export function MemoryCell() {
  const t = words();
  const [story, setStory] = useState<readonly Moment[]>(STORY);
  const [forgetBias, setForgetBias] = useState(6);
  const [at, setAt] = useState(0);
  const state = useComputation(() => runMemory(story, forgetBias), [story, forgetBias]);
  const gates = inRows(numbersOf(state, "gates"), GATES.length);
  const hidden = numbersOf(state, "hidden");
  const fused = numbersOf(state, "fused");
  const difference = Math.max(0, ...hidden.map((value, i) => Math.abs(value - (fused[i] ?? Number.NaN))));
  const change = (step: number, changes: Partial<Moment>): void =>
    setStory(story.map((moment, i) => (i === step ? { ...moment, ...changes } : moment)));
  const columns = (values: readonly number[], tower: "a" | "b") =>
    values.map((value, i) => ({ name: "", share: value, value: `${t.step(i + 1)}: ${number(value, 3)}`, tower }));
  const rows: readonly { name: string; values: readonly number[]; signed: boolean; tower: "a" | "b"; id: string }[] = [
    ...GATES.map((gate, g) => ({
      id: gate,
      name: t.gates[gate],
      values: gates.map((row) => row[g] ?? 0),
      signed: gate === "candidate",
      tower: "a" as const,
    })),
    { id: "cell", name: t.cell, values: numbersOf(state, "cells"), signed: true, tower: "b" },
    { id: "hidden", name: t.hidden, values: hidden, signed: true, tower: "b" },
  ];
  return (
    <Lesson title={t.title} idea={t.idea} notice={t.notice} slides={t.slides}>
      <h3>{t.story}</h3>
      <div class="lstm">
        <span class="lstm-name">{t.value}</span>
        <div class="lstm-row">
          {story.map(({ value }, i) => (
            <button
              key={i}
              type="button"
              aria-pressed={i === at}
              aria-label={`${t.valueAt(i + 1)}: ${number(value, 1)}`}
              onClick={() => setAt(i)}
            >
              {number(value, 1)}
            </button>
          ))}
        </div>
        {SWITCHES.map((name) => (
          <Fragment key={name}>
            <span class="lstm-name">{t[name]}</span>
            <div class="lstm-row">
              {story.map((moment, i) => (
                <button
                  key={i}
                  type="button"
                  role="switch"
                  aria-checked={moment[name]}
                  aria-label={`${t[name]}, ${t.step(i + 1)}`}
                  onClick={() => change(i, { [name]: !moment[name] })}
                >
                  <span class="lstm-lamp" aria-hidden="true" />
                </button>
              ))}
            </div>
          </Fragment>
        ))}
        {rows.map(({ id, name, values, signed, tower }) => (
          <Fragment key={id}>
            <span class="lstm-name">{name}</span>
            <div data-row={id}>
              <Columns label={name} columns={columns(values, tower)} signed={signed} height={signed ? 4 : 2.75} />
            </div>
          </Fragment>
        ))}
      </div>
      <div class="learn-controls">
        <Slider
          label={t.valueAt(at + 1)}
          value={story[at]?.value ?? 0}
          min={-1}
          max={1}
          step={0.1}
          format={(n) => number(n, 1)}
          onChange={(value) => change(at, { value })}
        />
        <Slider
          label={t.forgetBias}
          value={forgetBias}
          min={-2}
          max={6}
          step={0.5}
          format={(n) => number(n, 1)}
          onChange={setForgetBias}
        />
      </div>
      <div>
        <button
          type="button"
          class="button"
          onClick={() => {
            setStory(STORY);
            setForgetBias(6);
          }}
        >
          {t.reset}
        </button>
      </div>
      {hidden.length > 0 && <p class="small soft">{difference === 0 ? t.same : t.agreement(powers(difference))}</p>}
      <Waiting state={state} />
    </Lesson>
  );
}
