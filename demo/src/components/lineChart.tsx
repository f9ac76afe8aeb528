/** Lines over a common axis, drawn by uPlot in the design's colours. A summary in words goes with it for screen readers. */
import "uplot/dist/uPlot.min.css";
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { colour, theme } from "../theme";

export interface Line {
  readonly name: string;
  /** One value for each `x`; null leaves a gap. */
  readonly values: readonly (number | null)[];
  /** A colour of the design; tower A, tower B, then ink, in turn, unless given. */
  readonly token?: `--${string}`;
  /** Points without a line between them. */
  readonly points?: boolean;
}

export interface LineChartProps {
  /** What the chart shows, in a sentence. */
  readonly label: string;
  readonly x: readonly number[];
  readonly xLabel: string;
  readonly lines: readonly Line[];
  readonly height?: number;
  /** Powers of ten. */
  readonly logX?: boolean;
  readonly logY?: boolean;
  /** Fixed ends of the upright axis; those of the values unless given. */
  readonly yRange?: readonly [number, number];
  readonly formatY?: (value: number) => string;
}

const COLOURS = ["--tower-a", "--tower-b", "--ink-soft", "--good"] as const;

function optionsOf({ lines, xLabel, height = 260, logX, logY, yRange, formatY }: LineChartProps, width: number) {
  const [ink, line] = [colour("--ink-soft"), colour("--line")];
  const axis = {
    stroke: ink,
    grid: { stroke: line, width: 1 },
    ticks: { show: false },
    font: "12px Inter, system-ui, sans-serif",
    labelFont: "12px Inter, system-ui, sans-serif",
  };
  const options: uPlot.Options = {
    width,
    height,
    scales: {
      x: { time: false, distr: logX ? 3 : 1 },
      y: { distr: logY ? 3 : 1, ...(yRange ? { range: [yRange[0], yRange[1]] as [number, number] } : {}) },
    },
    axes: [
      { ...axis, label: xLabel, labelSize: 22 },
      { ...axis, size: 56, ...(formatY ? { values: (_: uPlot, ticks: number[]) => ticks.map(formatY) } : {}) },
    ],
    series: [
      { label: xLabel },
      ...lines.map(
        (each, i): uPlot.Series => ({
          label: each.name,
          stroke: colour(each.token ?? (COLOURS[i % COLOURS.length] as `--${string}`)),
          width: each.points ? 0 : 2,
          points: { show: each.points ?? false, size: 7 },
          ...(formatY ? { value: (_: uPlot, value: number | null) => (value === null ? "–" : formatY(value)) } : {}),
        }),
      ),
    ],
    cursor: { drag: { x: false, y: false } },
  };
  return options;
}

const dataOf = ({ x, lines }: LineChartProps): uPlot.AlignedData => [
  [...x],
  ...lines.map(({ values }) => [...values] as (number | null)[]),
];

export function LineChart(props: LineChartProps) {
  const frame = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const shown = useRef(props);
  shown.current = props;
  const { label, lines, logX, logY, yRange, height } = props;
  // What the chart is made anew for; new values only move the lines.
  const form = JSON.stringify([lines.map(({ name, token }) => [name, token]), logX, logY, yRange, height, theme.value]);
  useEffect(() => {
    const host = frame.current;
    if (!host) return;
    const made = new uPlot(optionsOf(shown.current, host.clientWidth || 320), dataOf(shown.current), host);
    plot.current = made;
    const resized = new ResizeObserver(() => {
      if (host.clientWidth > 0) made.setSize({ width: host.clientWidth, height: shown.current.height ?? 260 });
    });
    resized.observe(host);
    return () => {
      resized.disconnect();
      made.destroy();
      plot.current = undefined;
    };
  }, [form]);
  useEffect(() => {
    plot.current?.setData(dataOf(props));
  }, [props.x, props.lines]);
  return (
    <figure class="chart" aria-label={label}>
      <div ref={frame} aria-hidden="true" />
      <figcaption class="visually-hidden">{label}</figcaption>
    </figure>
  );
}
