/** A matrix of numbers, to read or to edit. */
import { useState } from "preact/hooks";

export interface NumberGridProps {
  /** Names the matrix for screen readers; each number is named by it with its row and column. */
  readonly label: string;
  readonly rows: readonly (readonly number[])[];
  /** Numbers may be edited when this is given. */
  readonly onChange?: (row: number, column: number, value: number) => void;
  /** Numbers that are shown in tower B's colour. */
  readonly marked?: (row: number, column: number) => boolean;
  readonly format?: (value: number) => string;
  /** Width of a number, in rem. */
  readonly width?: number;
}

interface CellProps {
  readonly name: string;
  readonly value: number;
  readonly marked: boolean;
  readonly onChange: (value: number) => void;
}

/** A field that may hold what is no number yet ("-", "1.") while it is typed. */
function Cell({ name, value, marked, onChange }: CellProps) {
  const [draft, setDraft] = useState<string>();
  return (
    <input
      type="text"
      inputMode="decimal"
      aria-label={name}
      class={marked ? "marked" : ""}
      value={draft ?? String(value)}
      onFocus={(event) => event.currentTarget.select()}
      onInput={(event) => {
        const text = event.currentTarget.value;
        setDraft(text);
        const typed = Number(text.replace(",", "."));
        if (text.trim() !== "" && Number.isFinite(typed)) onChange(typed);
      }}
      onBlur={() => setDraft(undefined)}
    />
  );
}

export function NumberGrid({ label, rows, onChange, marked, format = String, width = 3 }: NumberGridProps) {
  const columns = rows[0]?.length ?? 0;
  const style = { gridTemplateColumns: `repeat(${columns}, minmax(0, ${width}rem))` };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a table would be read cell by cell without the numbers' own names
    <div class="number-grid" role="group" aria-label={label} style={style}>
      {rows.flatMap((row, r) =>
        row.map((value, c) => {
          const isMarked = marked?.(r, c) ?? false;
          const key = `${r},${c}`;
          return onChange ? (
            <Cell
              key={key}
              name={`${label} ${r + 1}, ${c + 1}`}
              value={value}
              marked={isMarked}
              onChange={(next) => onChange(r, c, next)}
            />
          ) : (
            <span key={key} class={isMarked ? "marked" : ""}>
              {format(value)}
            </span>
          );
        }),
      )}
    </div>
  );
}
