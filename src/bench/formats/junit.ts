/** Results as JUnit XML, which CI systems show: a test case a row, failed where the result was wrong or is slower now. */
import XMLBuilder from "fast-xml-builder";
import type { Comparison } from "../compare";
import type { Results } from "../results";
import { duration, gflopsOf, intervalOf, shareOf, timeOf } from "./cells";
import { adapterName } from "./facts";

const seconds = (ns: number): string => (ns / 1e9).toFixed(9);

export function resultsJunit(results: Results, comparison?: Comparison): string {
  const slower = new Map(
    comparison?.rows
      .filter(({ verdict }) => verdict === "slower")
      .map((row) => [
        `${row.workload}\n${row.kernel}`,
        `${duration(row.after / 1e6)} after ${duration(row.before / 1e6)}: ${row.ratio.toFixed(2)} times as long (${row.low.toFixed(2)} to ${row.high.toFixed(2)})`,
      ]),
  );
  const cases = results.rows.map((row) => {
    const regression = slower.get(`${row.workload}\n${row.kernel}`);
    const attributes = {
      "@name": `${row.workload} / ${row.kernel}`,
      "@classname": row.op,
      "@time": seconds(row.ns.median),
    };
    const text = `${timeOf(row)} ±${intervalOf(row)}, ${gflopsOf(row)} GFLOP/s, ${shareOf(row)} of the ceiling`;
    return {
      ...attributes,
      ...(regression === undefined ? {} : { failure: { "@type": "regression", "@message": regression } }),
      "system-out": text,
    };
  });
  const others = results.failures.map(({ workload, kernel, reason, wrong }) => ({
    "@name": `${workload} / ${kernel}`,
    "@classname": workload.split(/[ .:]/)[0] ?? workload,
    "@time": "0",
    ...(wrong ? { failure: { "@type": "wrong", "@message": reason } } : { skipped: { "@message": reason } }),
  }));
  const suite = {
    "@name": "tandem bench",
    "@tests": cases.length + others.length,
    "@failures": slower.size + results.failures.filter(({ wrong }) => wrong).length,
    "@skipped": results.failures.filter(({ wrong }) => !wrong).length,
    "@errors": 0,
    "@timestamp": results.date,
    "@hostname": results.host.name,
    properties: {
      property: [
        { "@name": "adapter", "@value": adapterName(results.adapter) },
        { "@name": "browser", "@value": results.host.version },
        { "@name": "commit", "@value": results.tandem.commit ?? "unknown" },
      ],
    },
    testcase: [...cases, ...others],
  };
  const builder = new XMLBuilder({
    ignoreAttributes: false,
    attributeNamePrefix: "@",
    format: true,
    suppressEmptyNode: true,
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n${builder.build({ testsuites: { testsuite: suite } })}`;
}
