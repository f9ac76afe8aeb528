/** The layers as rows; one of them open. */
import type { Tensor } from "../../../src/index";
import { useTask } from "../hooks";
import { compact, duration, number } from "../i18n";
import type { OpenNetwork } from "../networks/opened";
import { FlatLayer, Maps } from "./maps";
import type { Probe } from "./probe";
import { plannedRows, type Row, timedRows } from "./rows";
import { openRow } from "./state";
import { words } from "./words";

interface LayerRowProps {
  readonly row: Row;
  readonly index: number;
  readonly last: boolean;
  /** Share of the slowest row's time. */
  readonly share: number;
  readonly probe: Probe;
  readonly image: Tensor;
}

/** The layers of the network that can be drawn: the last of the row's nodes that has maps. */
const drawn = ({ nodes }: Row, { layers }: Probe): string | undefined =>
  [...nodes].reverse().find((name) => layers.has(name));

function LayerRow({ row, index, last, share, probe, image }: LayerRowProps) {
  const t = words();
  const isOpen = openRow.value === index;
  const id = `inside-layer-${index}`;
  const layer = drawn(row, probe);
  return (
    <li class="inside-row">
      <button
        type="button"
        class="inside-summary"
        aria-expanded={isOpen}
        aria-controls={id}
        onClick={() => {
          openRow.value = isOpen ? undefined : index;
        }}
      >
        <span class="inside-name">
          {row.nodes.map((node, i) => (
            <span key={node} class={i === 0 ? "" : "soft"}>
              {i > 0 && " + "}
              {node}
            </span>
          ))}
        </span>
        <span class="inside-fact number">
          <span class="visually-hidden">{t.shape} </span>
          {row.shape.map((extent) => number(extent)).join("×")}
        </span>
        <span class="inside-fact number inside-weights">
          <span class="inside-label">{t.parameters} </span>
          {row.parameters > 0 ? compact(row.parameters) : "–"}
        </span>
        <span class="inside-fact number inside-flops">
          <span class="inside-label">{t.operations} </span>
          {compact(row.flops)}
        </span>
        <span class="inside-time">
          <span class="visually-hidden">{t.time} </span>
          <span class="inside-track" aria-hidden="true">
            <span style={{ width: `${100 * share}%` }} />
          </span>
          <span class="number">{row.ms === undefined ? "" : duration(row.ms)}</span>
        </span>
      </button>
      {isOpen && (
        <div class="inside-detail" id={id}>
          <span class="tag">{t.kernel(`${row.op}/${row.kernel}`)}</span>
          {layer ? (
            <Maps probe={probe} image={image} layer={layer} />
          ) : (
            <FlatLayer probe={probe} image={image} last={last} />
          )}
        </div>
      )}
    </li>
  );
}

export interface LayersProps {
  readonly open: OpenNetwork;
  readonly probe: Probe;
  readonly image: Tensor;
}

export function Layers({ open, probe, image }: LayersProps) {
  const t = words();
  const timed = useTask(() => timedRows(open.program, image), [open, image]);
  const rows = timed.value?.length === open.program.plan.steps.length ? timed.value : plannedRows(open.program);
  const slowest = Math.max(...rows.map(({ ms = 0 }) => ms), Number.MIN_VALUE);
  return (
    <div>
      <div class="inside-head small soft" aria-hidden="true">
        <span>{t.layer}</span>
        <span>{t.shape}</span>
        <span class="inside-weights">{t.parameters}</span>
        <span class="inside-flops">{t.operations}</span>
        <span>{t.time}</span>
      </div>
      <ol class="inside-rows" aria-label={t.layers}>
        {rows.map((row, index) => (
          <LayerRow
            key={row.name}
            row={row}
            index={index}
            last={index >= rows.length - 2}
            share={(row.ms ?? 0) / slowest}
            probe={probe}
            image={image}
          />
        ))}
      </ol>
    </div>
  );
}
