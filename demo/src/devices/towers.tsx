/** Two towers from the picture down to the answer, with what crosses between them. */
import { bytes, compact, duration } from "../i18n";
import type { PairResult } from "./pair";
import { type Stage, stagesOf } from "./stages";
import { words } from "./words";

const TOWERS = ["a", "b"] as const;

function Block({ stage, device }: { readonly stage: Stage; readonly device: number }) {
  const nodes = stage.nodes[device] ?? [];
  if (nodes.length === 0) return <div class="devices-block devices-empty" aria-hidden="true" />;
  const [first, ...rest] = nodes;
  return (
    <div class="devices-block" data-tower={TOWERS[device]}>
      <span class="devices-name">{first}</span>
      {rest.length > 0 && <span class="devices-rest small">{rest.join(" ")}</span>}
      <span class="small number devices-ms">{duration(stage.ms[device] ?? 0)}</span>
    </div>
  );
}

function Crossing({ stage }: { readonly stage: Stage }) {
  const t = words();
  const some = stage.crossing.some((each) => each.bytes > 0);
  if (!some) return null;
  return (
    <div class="devices-crossing">
      {stage.crossing.map((each, device) =>
        each.bytes > 0 ? (
          <div key={device} class="devices-arrow small" data-tower={TOWERS[device]}>
            <span class="devices-line" aria-hidden="true" />
            <span class="visually-hidden">{t.towards(device + 1)}: </span>
            <span class="number">{t.crosses(bytes(each.bytes), duration(each.ms))}</span>
          </div>
        ) : null,
      )}
    </div>
  );
}

export function Towers({ result }: { readonly result: PairResult }) {
  const t = words();
  const stages = stagesOf(result.trace);
  return (
    <section class="stack" aria-labelledby="devices-towers">
      <h2 id="devices-towers">{t.towers}</h2>
      <div class="devices-towers">
        <div class="devices-heads">
          {result.parameters.map((count, device) => (
            <div key={device} class="devices-head" data-tower={TOWERS[device]}>
              <strong>{t.device(device + 1)}</strong>
              <span class="small soft">{t.weightsOn(compact(count))}</span>
            </div>
          ))}
        </div>
        <ol class="devices-stages">
          {stages.map((stage) => (
            <li key={stage.number}>
              {stage.nodes.some((nodes) => nodes.length > 0) && (
                <div class="devices-pair">
                  <Block stage={stage} device={0} />
                  <Block stage={stage} device={1} />
                </div>
              )}
              <Crossing stage={stage} />
            </li>
          ))}
        </ol>
        {result.trace.transfers.length === 0 && <p class="small soft">{t.nothing}</p>}
      </div>
    </section>
  );
}
