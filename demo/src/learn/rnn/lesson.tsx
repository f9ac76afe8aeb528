/** A recurrent network spells hello, step by step, with the slides' weights or with what it is taught here. */
import { useEffect, useRef, useState } from "preact/hooks";
import { Bars } from "../../components/bars";
import { useEngine } from "../../engine";
import { number, percent } from "../../i18n";
import { Cells, inRows, Lesson, Stepper, Waiting } from "../parts";
import { numbersOf, useComputation } from "../useComputation";
import { type HelloWeights, LETTERS, READ, SLIDE_WEIGHTS, spellHello, teacher, WANTED } from "./hello";
import { words } from "./words";

/** Steps of training between looks, and at most. */
const EVERY = 10;
const MOST = 600;
/** It knows the word when it is this sure of every letter. */
const SURE_LOSS = 0.02;

interface Taught {
  readonly weights: HelloWeights;
  readonly steps: number;
  readonly loss: number | undefined;
}

const UNTAUGHT: Taught = { weights: SLIDE_WEIGHTS, steps: 0, loss: undefined };

/** Trains on until it knows the word, or the visitor has seen enough. */
function useTeaching() {
  const { device } = useEngine();
  const [taught, setTaught] = useState(UNTAUGHT);
  const [teaching, setTeaching] = useState(false);
  const [problem, setProblem] = useState<string>();
  const latest = useRef(taught);
  latest.current = taught;
  useEffect(() => {
    if (!teaching) return;
    let wanted = true;
    const { weights, steps: before } = latest.current;
    const work = async (): Promise<void> => {
      const trainer = await teacher(device, weights);
      try {
        for (let step = 1; wanted && step <= MOST; step++) {
          const report = await trainer.step(step % EVERY === 0);
          if (!report || !wanted) continue;
          setTaught({ weights: (await trainer.weights()) as HelloWeights, steps: before + step, loss: report.loss });
          if (report.loss < SURE_LOSS) break;
        }
      } finally {
        trainer.destroy();
      }
    };
    work()
      .catch((error: unknown) => setProblem(error instanceof Error ? error.message : String(error)))
      .finally(() => {
        if (wanted) setTeaching(false);
      });
    return () => {
      wanted = false;
    };
  }, [teaching, device]);
  return { taught, teaching, problem, setTeaching, forget: () => setTaught(UNTAUGHT) };
}

/** Which place of `values` is the largest. */
const largest = (values: readonly number[]): number => values.indexOf(Math.max(...values));

export function Spelling() {
  const t = words();
  const [at, setAt] = useState(0);
  const { taught, teaching, problem, setTeaching, forget } = useTeaching();
  const state = useComputation(() => spellHello(taught.weights), [taught]);
  const states = inRows(numbersOf(state, "states"), 3);
  const shares = inRows(numbersOf(state, "probabilities"), LETTERS.length);
  const said = shares.map((row) => LETTERS[largest(row)] ?? "");
  const right = said.filter((letter, i) => letter === WANTED[i]).length;
  const column = (values: readonly number[] | undefined): number[][] => (values ?? []).map((value) => [value]);
  const letter = READ[at] ?? "h";
  const own = shares[at] ?? [];
  const matrix = inRows(Array.from(taught.weights.inputWeight.data), LETTERS.length);
  return (
    <Lesson title={t.title} idea={t.idea} notice={t.notice} slides={t.slides}>
      <ol class="rnn-tape" aria-label={t.tape}>
        {READ.map((read, i) => (
          <li key={i}>
            <button type="button" aria-pressed={i === at} aria-label={t.reads(read)} onClick={() => setAt(i)}>
              <span class="rnn-letter">{read}</span>
            </button>
            <span class="small soft">
              {t.says} <b data-right={said[i] === WANTED[i]}>{said[i] ?? "…"}</b>
            </span>
            <span class="small soft">
              {t.should} {WANTED[i]}
            </span>
          </li>
        ))}
      </ol>
      <div class="row">
        <Stepper label={t.step} value={at} last={READ.length - 1} onChange={setAt} />
        <button type="button" class="button" onClick={() => setTeaching(!teaching)}>
          {teaching ? t.stop : t.teach}
        </button>
        <button type="button" class="button" disabled={teaching || taught === UNTAUGHT} onClick={forget}>
          {t.forget}
        </button>
      </div>
      <p class="small soft rnn-taught">
        {taught.loss === undefined ? t.slideWeights : t.taught(taught.steps, number(taught.loss, 3))} · {t.right(right)}
      </p>
      {problem && <p role="alert">{problem}</p>}
      <div class="learn-grids">
        <div class="learn-grid">
          <h3>{t.oneHot}</h3>
          <Cells
            label={t.oneHot}
            rows={LETTERS.map((other) => [other === letter ? 1 : 0])}
            tone={(row) => (LETTERS[row] === letter ? "window" : "plain")}
          />
        </div>
        <div class="learn-grid">
          <h3>{t.inputWeights}</h3>
          <Cells
            label={t.inputWeights}
            rows={matrix}
            width={3.6}
            digits={3}
            tone={(_, c) => (LETTERS[c] === letter ? "window" : "plain")}
          />
        </div>
        <div class="learn-grid">
          <h3>{t.drive}</h3>
          <Cells label={t.drive} rows={column(inRows(numbersOf(state, "drive"), 3)[at])} width={4.5} digits={4} />
        </div>
        <div class="learn-grid">
          <h3>{t.before}</h3>
          <Cells label={t.before} rows={column(at === 0 ? [0, 0, 0] : states[at - 1])} width={4.5} digits={4} />
        </div>
        <div class="learn-grid rnn-state">
          <h3>{t.state}</h3>
          <Cells label={t.state} rows={column(states[at])} width={4.5} digits={4} tone={() => "winner"} />
        </div>
        <div class="learn-grid">
          <h3>{t.scores}</h3>
          <Cells
            label={t.scores}
            rows={column(inRows(numbersOf(state, "scores"), LETTERS.length)[at])}
            width={4.5}
            digits={4}
          />
        </div>
      </div>
      <div class="stack rnn-shares">
        <h3>{t.shares}</h3>
        <Bars
          label={t.shares}
          rows={LETTERS.map((each, i) => ({
            label: each,
            share: own[i] ?? 0,
            value: percent(own[i] ?? 0, 2),
            tower: each === WANTED[at] ? "b" : "a",
          }))}
        />
      </div>
      <Waiting state={state} />
    </Lesson>
  );
}
