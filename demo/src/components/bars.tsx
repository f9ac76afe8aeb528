/** Labelled bars. `ranked` gives the first the accent: it is the answer. */
export interface BarsProps {
  readonly rows: readonly {
    readonly label: string;
    /** Share of the full width, 0 to 1. */
    readonly share: number;
    /** The value as it is written. */
    readonly value: string;
    readonly tower?: "a" | "b";
  }[];
  readonly ranked?: boolean;
  /** Names the list for screen readers. */
  readonly label: string;
}

export function Bars({ rows, ranked = false, label }: BarsProps) {
  return (
    <ol class={ranked ? "bars bars-ranked" : "bars"} aria-label={label}>
      {rows.map((row, i) => (
        // Rows keep their places while their contents change, so that the bars move.
        <li class="bar" key={i}>
          <span class="bar-label" title={row.label}>
            {row.label}
          </span>
          <span class="bar-value number">{row.value}</span>
          <span class="bar-track" aria-hidden="true">
            <span
              class="bar-fill"
              data-tower={row.tower}
              style={{ display: "block", width: `${100 * Math.min(1, Math.max(0, row.share))}%` }}
            />
          </span>
        </li>
      ))}
    </ol>
  );
}
