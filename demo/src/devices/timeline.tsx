/** One run in time: a lane for each device, and lines for what went between them. */
import { bytes, duration, percent } from "../i18n";
import type { PairResult } from "./pair";
import { words } from "./words";

const TOWERS = ["a", "b"] as const;

/** The drawing's own units. */
const WIDTH = 1000;
const LANE = 34;
const GAP = 46;
const TOP = 8;

const laneTop = (device: number): number => TOP + device * (LANE + GAP);

export function Timeline({ result }: { readonly result: PairResult }) {
  const t = words();
  const { trace, summary } = result;
  const x = (ms: number): number => (WIDTH * ms) / Math.max(trace.ms, Number.MIN_VALUE);
  const [a, b] = summary;
  const label = t.timelineLabel(duration(trace.ms), duration(a?.computeMs ?? 0), duration(b?.computeMs ?? 0));
  const height = laneTop(trace.devices.length - 1) + LANE + TOP;
  return (
    <section class="stack" aria-labelledby="devices-timeline">
      <h2 id="devices-timeline">{t.timeline}</h2>
      <svg
        class="devices-timeline"
        viewBox={`0 0 ${WIDTH} ${height}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={label}
      >
        {trace.devices.map(({ label: name, dispatches }, device) => (
          <g key={name} data-tower={TOWERS[device]}>
            <rect class="devices-lane" x="0" y={laneTop(device)} width={WIDTH} height={LANE} rx="4" />
            {dispatches.map(({ node, kernel, begin, end }) => (
              <rect
                key={`${node} ${begin}`}
                class="devices-span"
                x={x(begin)}
                y={laneTop(device)}
                width={Math.max(1, x(end - begin))}
                height={LANE}
              >
                <title>{`${node} (${kernel}), ${duration(end - begin)}`}</title>
              </rect>
            ))}
          </g>
        ))}
        {trace.transfers.map(({ tensor, from, to, bytes: size, begin, end }) => (
          <line
            key={`${tensor} ${from} ${to}`}
            class="devices-transfer"
            data-tower={TOWERS[to]}
            x1={x(begin)}
            y1={from < to ? laneTop(from) + LANE : laneTop(from)}
            x2={x(end)}
            y2={from < to ? laneTop(to) : laneTop(to) + LANE}
            vector-effect="non-scaling-stroke"
          >
            <title>{`${tensor}, ${bytes(size)}, ${duration(end - begin)}`}</title>
          </line>
        ))}
      </svg>
      <div class="devices-axis small soft number" aria-hidden="true">
        <span>0</span>
        <span>{duration(trace.ms)}</span>
      </div>
      {trace.method === "queue" && <p class="small soft">{t.noClock}</p>}
      <div class="devices-summary">
        {summary.map(({ label: name, computeMs, idleMs, receivedBytes, hidden }, device) => (
          <dl key={name} class="facts" data-tower={TOWERS[device]}>
            <div>
              <dt>
                {t.device(device + 1)} {t.computes}
              </dt>
              <dd>{duration(computeMs)}</dd>
            </div>
            <div>
              <dt>{t.waits}</dt>
              <dd>{duration(idleMs)}</dd>
            </div>
            <div>
              <dt>{t.receives}</dt>
              <dd>{bytes(receivedBytes)}</dd>
            </div>
            {receivedBytes > 0 && (
              <div>
                <dt>{t.hidden}</dt>
                <dd>{percent(hidden, 0)}</dd>
              </div>
            )}
          </dl>
        ))}
      </div>
      <p class="small soft">{t.sameAdapter}</p>
    </section>
  );
}
