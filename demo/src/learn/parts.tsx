/** What lessons are made of: their frame, cells of numbers to point at, columns over time. */
import type { ComponentChildren } from "preact";
import { Notice } from "../components/notice";
import { Progress } from "../components/progress";
import type { TaskState } from "../hooks";
import { number } from "../i18n";
import { words } from "./words";

export interface LessonProps {
  readonly title: string;
  /** The idea, in a sentence or two. */
  readonly idea: string;
  /** What to try, and what to see then. */
  readonly notice: string;
  /** What the slides say, where it is wrong, and what is right. */
  readonly slides?: readonly string[];
  readonly children: ComponentChildren;
}

/** One idea: said, shown, and what to notice. */
export function Lesson({ title, idea, notice, slides, children }: LessonProps) {
  const t = words();
  return (
    <article class="learn-lesson" aria-label={title}>
      <header class="learn-head">
        <h2>{title}</h2>
        <p>{idea}</p>
      </header>
      {children}
      <p class="learn-notice">
        <strong>{t.notice}</strong> {notice}
      </p>
      {slides?.map((text) => (
        <Notice key={text} kind="warning" title={t.slides}>
          {text}
        </Notice>
      ))}
    </article>
  );
}

/** Stands in for numbers that are not there yet, or says in words that they could not be computed. */
export function Waiting({ state }: { readonly state: TaskState<unknown> }) {
  const t = words();
  if (state.kind === "busy" && state.value === undefined) return <Progress label={t.computing} />;
  if (state.kind !== "failed") return null;
  return (
    <Notice kind="error" title={t.failed}>
      {state.error.message}
    </Notice>
  );
}

export type Tone = "window" | "winner" | "outside" | "plain";

export interface CellsProps {
  /** Names the numbers for screen readers. */
  readonly label: string;
  readonly rows: readonly (readonly number[])[];
  readonly tone?: (row: number, column: number) => Tone;
  readonly digits?: number;
  /** Cells become buttons: pointing at one or moving to it picks it. */
  readonly onPick?: (row: number, column: number) => void;
  readonly picked?: readonly [number, number] | undefined;
  /** Width of a cell at most, in rem. */
  readonly width?: number;
}

/** A matrix of numbers, some of which stand out; one may be picked. */
export function Cells({ label, rows, tone, digits = 2, onPick, picked, width = 2.75 }: CellsProps) {
  const columns = rows[0]?.length ?? 1;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a table would be read cell by cell without the numbers' own names
    <div
      class="learn-cells"
      role="group"
      aria-label={label}
      style={{ gridTemplateColumns: `repeat(${columns}, minmax(0, ${width}rem))` }}
    >
      {rows.flatMap((row, r) =>
        row.map((value, c) => {
          const key = `${r},${c}`;
          const text = number(value, digits);
          const given = tone?.(r, c) ?? "plain";
          if (!onPick)
            return (
              <span key={key} data-tone={given}>
                {text}
              </span>
            );
          const isPicked = picked?.[0] === r && picked[1] === c;
          return (
            <button
              key={key}
              type="button"
              data-tone={given}
              aria-pressed={isPicked}
              aria-label={`${label} ${r + 1}, ${c + 1}: ${text}`}
              onClick={() => onPick(r, c)}
              onFocus={() => onPick(r, c)}
              onPointerEnter={() => onPick(r, c)}
            >
              {text}
            </button>
          );
        }),
      )}
    </div>
  );
}

/** Numbers in rows of `columns`. */
export const inRows = (values: readonly number[], columns: number): number[][] =>
  Array.from({ length: columns > 0 ? Math.ceil(values.length / columns) : 0 }, (_, r) =>
    values.slice(r * columns, (r + 1) * columns),
  );

export interface ColumnsProps {
  readonly label: string;
  readonly columns: readonly {
    readonly name: string;
    /** Height, -1 to 1. */
    readonly share: number;
    readonly value: string;
    readonly tower?: "a" | "b";
  }[];
  /** Whether bars go down too. */
  readonly signed?: boolean;
  readonly height?: number;
}

/** Upright bars side by side, as over time. */
export function Columns({ label, columns, signed = false, height = 8 }: ColumnsProps) {
  return (
    <ol class="learn-columns" aria-label={label} data-signed={signed} style={{ "--learn-height": `${height}rem` }}>
      {columns.map(({ name, share, value, tower }, i) => {
        const length = 100 * Math.min(1, Math.abs(share)) * (signed ? 0.5 : 1);
        return (
          // Columns keep their places while their contents change, so that the bars move.
          <li key={i} title={value}>
            <span class="visually-hidden">{name === "" ? value : `${name}: ${value}`}</span>
            <span class="learn-column" aria-hidden="true">
              <span
                data-tower={tower}
                style={{
                  height: `${length}%`,
                  bottom: signed ? (share < 0 ? `${50 - length}%` : "50%") : "0",
                }}
              />
            </span>
            <span class="learn-column-name" aria-hidden="true">
              {name}
            </span>
          </li>
        );
      })}
    </ol>
  );
}

/** A button that steps a number back and forth within bounds. */
export function Stepper({
  label,
  value,
  last,
  onChange,
}: {
  readonly label: string;
  readonly value: number;
  readonly last: number;
  readonly onChange: (value: number) => void;
}) {
  const t = words();
  return (
    // biome-ignore lint/a11y/useSemanticElements: buttons are no fields
    <div class="row" role="group" aria-label={label}>
      <button type="button" class="button" disabled={value === 0} onClick={() => onChange(value - 1)}>
        {t.back}
      </button>
      <span class="number" role="status">
        {label} {value + 1} / {last + 1}
      </span>
      <button type="button" class="button button-main" disabled={value === last} onClick={() => onChange(value + 1)}>
        {t.next}
      </button>
    </div>
  );
}
