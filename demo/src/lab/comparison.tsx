/** How the results stand to an earlier report: faster, slower, same, or unsure. */
import { Notice } from "../components/notice";
import { number, percent } from "../i18n";
import { baseline, compared, force } from "./state";
import { time } from "./times";
import { words } from "./words";

export function Comparison() {
  const t = words();
  const outcome = compared.value;
  if (!baseline.value) return null;
  return (
    <section class="card stack" aria-labelledby="lab-compare">
      <h2 id="lab-compare">{t.compareTitle(baseline.value.name)}</h2>
      {outcome === undefined && <p class="soft">{t.nothingToCompare}</p>}
      {outcome instanceof Error && (
        <>
          <Notice kind="warning">{outcome.message}</Notice>
          <label class="row">
            <input
              type="checkbox"
              checked={force.value}
              onChange={(event) => {
                force.value = event.currentTarget.checked;
              }}
            />
            {t.force}
          </label>
        </>
      )}
      {outcome && !(outcome instanceof Error) && (
        <>
          {outcome.warnings.map((text) => (
            <Notice key={text} kind="warning">
              {text}
            </Notice>
          ))}
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways must be reached by keyboard */}
          <section class="lab-table" aria-label={t.compareTitle(baseline.value.name)} tabIndex={0}>
            <table>
              <thead>
                <tr>
                  {t.compareColumns.map((column) => (
                    <th key={column} scope="col">
                      {column}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {outcome.rows.map((row) => (
                  <tr key={`${row.workload} ${row.kernel}`}>
                    <th scope="row">{row.workload}</th>
                    <td>{row.changed ? t.changed(row.kernel) : row.kernel}</td>
                    <td class="number">{time(row.before)}</td>
                    <td class="number">{time(row.after)}</td>
                    <td class="number">{number(row.ratio, 2)}</td>
                    <td class="number">
                      {number(row.low, 2)}–{number(row.high, 2)}
                    </td>
                    <td>
                      <span class="lab-verdict" data-verdict={row.verdict}>
                        {t.verdicts[row.verdict]}
                      </span>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </section>
          <p class="soft small">{t.compareHelp(percent(outcome.margin))}</p>
        </>
      )}
    </section>
  );
}
