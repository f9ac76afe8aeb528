/** The valley seen from above, with the path of the steps. */
import { START, VALLEY } from "./facts";

/** What is shown: 3 across at each side, 10 along. */
const [ACROSS, ALONG] = [3, 10];
const HEIGHTS = [0.05, 0.2, 0.5, 1, 2, 4];
/** Points outside are drawn at the edge of the picture, and not at infinity. */
const held = (value: number, bound: number): number =>
  Math.max(-bound, Math.min(bound, Number.isFinite(value) ? value : bound));

export function Valley({ path, label }: { readonly path: readonly (readonly number[])[]; readonly label: string }) {
  // Along the valley is along the screen.
  const points = [START as readonly number[], ...path].map(([x = 0, y = 0]) => [
    held(y, ALONG * 1.1),
    held(x, ACROSS * 1.1),
  ]) as [number, number][];
  return (
    <svg
      class="alexnet-valley"
      role="img"
      aria-label={label}
      viewBox={`${-ALONG} ${-ACROSS} ${2 * ALONG} ${2 * ACROSS}`}
    >
      {HEIGHTS.map((height) => (
        <ellipse
          key={height}
          rx={Math.sqrt((2 * height) / VALLEY[1])}
          ry={Math.sqrt((2 * height) / VALLEY[0])}
          class="alexnet-contour"
        />
      ))}
      <polyline class="alexnet-line" points={points.map(([x, y]) => `${x},${y}`).join(" ")} />
      {points.map(([x, y], i) => (
        <circle key={i} cx={x} cy={y} r={i === 0 || i === points.length - 1 ? 0.16 : 0.08} class="alexnet-point" />
      ))}
    </svg>
  );
}
