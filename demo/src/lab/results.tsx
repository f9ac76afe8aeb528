/** What was measured: charts that grow with every row, the table, what has no number, and the files. */
import { useSignal } from "@preact/signals";
import {
  type Results as Report,
  type Row,
  resultsCsv,
  resultsMarkdown,
  rooflineSvg,
  sweepSvg,
  widestAxis,
} from "../../../src/index";
import { Tabs } from "../components/tabs";
import { number, percent } from "../i18n";
import { baseline, open, results, save } from "./state";
import { time } from "./times";
import { words } from "./words";

function Chart({ report }: { readonly report: Report }) {
  const t = words();
  const kind = useSignal<"sweep" | "roofline">("sweep");
  const axis = widestAxis(report.rows);
  const shown = axis === undefined ? "roofline" : kind.value;
  const svg = shown === "sweep" && axis !== undefined ? sweepSvg(report, axis) : rooflineSvg(report);
  return (
    <div class="stack">
      {axis !== undefined && (
        <div>
          <Tabs
            label={t.chart}
            options={[
              { id: "sweep", name: t.sweep(axis) },
              { id: "roofline", name: t.roofline },
            ]}
            value={kind.value}
            onChange={(next) => {
              kind.value = next;
            }}
          />
        </div>
      )}
      {/* The drawing is the engine's own text, with every name escaped. */}
      <div class="lab-chart" dangerouslySetInnerHTML={{ __html: svg }} />
      <div>
        <button type="button" class="button-plain" onClick={() => save(`${shown}.svg`, "image/svg+xml", svg)}>
          {t.saveSvg}
        </button>
      </div>
    </div>
  );
}

function Line({ row }: { readonly row: Row }) {
  const t = words();
  const { ns, flops, gflops, gbps, share, bound, samples, repeat, outliers, check, stopped } = row;
  const half = ns.median > 0 ? (ns.high - ns.low) / 2 / ns.median : Number.NaN;
  return (
    <tr>
      <th scope="row">{row.workload}</th>
      <td>{row.kernel}</td>
      <td class="number">{ns.median > 0 ? time(ns.median) : t.belowClock}</td>
      <td class="number">{Number.isFinite(half) ? `±${percent(half)}${stopped === "precise" ? "" : " *"}` : "–"}</td>
      <td class="number">{flops > 0 ? number(gflops, 2) : "–"}</td>
      <td class="number">{number(gbps, 2)}</td>
      <td class="number">{share > 0 ? `${percent(share)} ${bound === "arithmetic" ? "a" : "m"}` : "–"}</td>
      <td class="number">{repeat > 1 ? `${samples.length} × ${repeat}` : samples.length}</td>
      <td class="number">{outliers.length}</td>
      <td class="number">{percent(check.ratio)}</td>
    </tr>
  );
}

function Table({ report }: { readonly report: Report }) {
  const t = words();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways must be reached by keyboard
    <section class="lab-table" aria-label={t.table} tabIndex={0}>
      <table>
        <thead>
          <tr>
            {t.columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {report.rows.map((row) => (
            <Line key={`${row.workload} ${row.kernel}`} row={row} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function FileButton({ label, as }: { readonly label: string; readonly as: "results" | "baseline" }) {
  return (
    <label class="button lab-file">
      {label}
      <input
        class="visually-hidden"
        type="file"
        accept=".json,application/json"
        onChange={(event) => {
          const [file] = event.currentTarget.files ?? [];
          if (file) void open(file, as);
          event.currentTarget.value = "";
        }}
      />
    </label>
  );
}

export function Results() {
  const t = words();
  const report = results.value;
  const [first] = report?.rows ?? [];
  return (
    <section class="card stack" aria-labelledby="lab-results">
      <h2 id="lab-results">{t.resultsTitle}</h2>
      {report && first ? (
        <>
          <p class="soft small">
            {t.ceilings(
              number(report.ceilings.gflops, 1),
              number(report.ceilings.copyGbps, 1),
              number(report.ceilings.readGbps, 1),
              number(report.ceilings.dispatchUs, 1),
            )}{" "}
            {t.clock(time(first.quantumNs))}
          </p>
          <Chart report={report} />
          <Table report={report} />
          <p class="soft small">{t.tableHelp}</p>
        </>
      ) : (
        <p class="soft">{t.nothing}</p>
      )}
      {report && report.failures.length > 0 && (
        <ul class="lab-messages" aria-label={t.failures}>
          {report.failures.map(({ workload, kernel, reason, wrong }) => (
            <li key={`${workload} ${kernel}`} data-kind={wrong ? "error" : "info"}>
              {wrong ? t.failed : t.notRun} {workload}, {kernel}: {reason}
            </li>
          ))}
        </ul>
      )}
      <div class="row">
        {report && first && (
          <>
            <button
              type="button"
              class="button"
              onClick={() => save("bench.json", "application/json", `${JSON.stringify(report, null, 2)}\n`)}
            >
              {t.saveJson}
            </button>
            <button type="button" class="button" onClick={() => save("bench.csv", "text/csv", resultsCsv(report))}>
              CSV
            </button>
            <button
              type="button"
              class="button"
              onClick={() => save("bench.md", "text/markdown", resultsMarkdown(report))}
            >
              Markdown
            </button>
            <button
              type="button"
              class="button"
              onClick={() => {
                baseline.value = { name: t.before, results: report };
              }}
            >
              {t.keep}
            </button>
          </>
        )}
        <FileButton label={t.openResults} as="results" />
        <FileButton label={t.openBaseline} as="baseline" />
      </div>
    </section>
  );
}
