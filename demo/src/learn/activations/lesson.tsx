/** Activation functions: the curve, its slope, and what is left of the slope after several layers. */
import { useMemo, useState } from "preact/hooks";
import { LineChart } from "../../components/lineChart";
import { Slider } from "../../components/slider";
import { Tabs } from "../../components/tabs";
import { number } from "../../i18n";
import { powers } from "../numbers";
import { Lesson, Waiting } from "../parts";
import { numbersOf, useComputation } from "../useComputation";
import { curve, FUNCTIONS, type FunctionName, steps } from "./functions";
import { words } from "./words";

const POINTS = steps(-4, 4, 161);

export function Activations() {
  const t = words();
  const [name, setName] = useState<FunctionName>("relu");
  const [x, setX] = useState(1);
  const [depth, setDepth] = useState(1);
  const whole = useComputation(() => curve(name, POINTS, depth), [name, depth]);
  const here = useComputation(() => curve(name, [x], depth), [name, depth, x]);
  const [value] = numbersOf(here, "value");
  const [slope] = numbersOf(here, "slope");
  const lines = useMemo(() => {
    const at = POINTS.reduce(
      (best, point, i) => (Math.abs(point - x) < Math.abs((POINTS[best] ?? 0) - x) ? i : best),
      0,
    );
    const [values, slopes] = [numbersOf(whole, "value"), numbersOf(whole, "slope")];
    const mark = POINTS.map((_, i) => (i === at ? (values[i] ?? null) : null));
    return values.length === 0
      ? []
      : [
          { name: t.value, values, token: "--tower-a" as const },
          { name: t.slope, values: slopes, token: "--tower-b" as const },
          { name: t.here, values: mark, token: "--ink" as const, points: true },
        ];
  }, [whole.value, x, t]);
  return (
    <Lesson title={t.title} idea={t.idea} notice={t.notice} slides={t.slides}>
      <div class="field">
        <span class="label">{t.functions}</span>
        <div>
          <Tabs
            label={t.functions}
            options={FUNCTIONS.map((id) => ({ id, name: t.names[id] }))}
            value={name}
            onChange={setName}
          />
        </div>
      </div>
      {lines.length > 0 && (
        <LineChart label={t.chart(t.names[name], depth)} x={POINTS} xLabel="x" lines={lines} height={280} />
      )}
      <Waiting state={whole} />
      <div class="learn-controls">
        <Slider label={t.x} value={x} min={-4} max={4} step={0.05} format={(n) => number(n, 2)} onChange={setX} />
        <Slider label={t.depth} value={depth} min={1} max={10} onChange={setDepth} />
      </div>
      <dl class="facts" aria-live="polite">
        <div>
          <dt>{t.value}</dt>
          <dd class="activations-value">{powers(value)}</dd>
        </div>
        <div>
          <dt>{t.slope}</dt>
          <dd class="activations-slope">{powers(slope)}</dd>
        </div>
      </dl>
    </Lesson>
  );
}
