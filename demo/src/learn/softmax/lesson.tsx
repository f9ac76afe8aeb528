/** Softmax with temperature, its loss, and the gradient by each score. */
import { useState } from "preact/hooks";
import { Bars } from "../../components/bars";
import { Slider } from "../../components/slider";
import { Tabs } from "../../components/tabs";
import { number, percent } from "../../i18n";
import { Lesson, Waiting } from "../parts";
import { numbersOf, useComputation } from "../useComputation";
import { SLIDE_SCORES, softmax } from "./softmax";
import { words } from "./words";

const LETTERS = ["h", "e", "l", "o"] as const;
type Letter = (typeof LETTERS)[number];

export function Softmax() {
  const t = words();
  const [scores, setScores] = useState<readonly number[]>(SLIDE_SCORES);
  // Tenths of a power of ten: 0.1 to 10.
  const [heat, setHeat] = useState(0);
  const [right, setRight] = useState<Letter>("l");
  const temperature = 10 ** (heat / 10);
  const state = useComputation(
    () => softmax(scores, temperature, LETTERS.indexOf(right)),
    [scores, temperature, right],
  );
  const shares = numbersOf(state, "probabilities");
  const gradient = numbersOf(state, "gradient");
  const [loss] = numbersOf(state, "loss");
  return (
    <Lesson title={t.title} idea={t.idea} notice={t.notice} slides={t.slides}>
      <div class="learn-side">
        <div class="stack">
          <h3>{t.scores}</h3>
          {LETTERS.map((letter, i) => (
            <Slider
              key={letter}
              label={t.score(letter)}
              value={scores[i] ?? 0}
              min={-4}
              max={6}
              step={0.01}
              format={(n) => number(n, 2)}
              onChange={(value) => setScores(scores.map((old, at) => (at === i ? value : old)))}
            />
          ))}
          <Slider
            label={t.temperature}
            value={heat}
            min={-10}
            max={10}
            format={(n) => number(10 ** (n / 10), 2)}
            onChange={setHeat}
          />
          <div class="field">
            <span class="label">{t.right}</span>
            <div>
              <Tabs
                label={t.right}
                options={LETTERS.map((id) => ({ id, name: id }))}
                value={right}
                onChange={setRight}
              />
            </div>
          </div>
          <div>
            <button type="button" class="button" onClick={() => setScores(SLIDE_SCORES)}>
              {t.reset}
            </button>
          </div>
        </div>
        <div class="stack">
          <h3>{t.shares}</h3>
          <div class="softmax-shares">
            <Bars
              label={t.shares}
              rows={LETTERS.map((letter, i) => ({
                label: letter,
                share: shares[i] ?? 0,
                value: percent(shares[i] ?? 0, 2),
                tower: letter === right ? "b" : "a",
              }))}
            />
          </div>
          <p class="soft">
            {t.sum}{" "}
            {number(
              shares.reduce((a, b) => a + b, 0),
              4,
            )}
          </p>
          <dl class="facts">
            <div>
              <dt>{t.loss}</dt>
              <dd class="softmax-loss">{loss === undefined ? "…" : number(loss, 3)}</dd>
            </div>
          </dl>
          <h3>{t.gradient}</h3>
          <Bars
            label={t.gradient}
            rows={LETTERS.map((letter, i) => {
              const by = gradient[i] ?? 0;
              return {
                label: letter,
                share: Math.abs(by),
                value: (by < 0 ? t.up : t.down)(number(Math.abs(by), 3)),
                tower: by < 0 ? "b" : "a",
              };
            })}
          />
        </div>
      </div>
      <Waiting state={state} />
    </Lesson>
  );
}
