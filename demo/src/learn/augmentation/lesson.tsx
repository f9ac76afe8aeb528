/** Augmentation: crops, mirrors and colour shifts of one picture. */
import { useEffect, useMemo, useState } from "preact/hooks";
import { PixelCanvas } from "../../components/pixelCanvas";
import { Slider } from "../../components/slider";
import { number } from "../../i18n";
import { Lesson, Waiting } from "../parts";
import { lessonPicture, ownPicture, pixelsAt, squared, tensorOf } from "../picture";
import { useComputation } from "../useComputation";
import { CROP, cutVariants, drawVariants, PLACES, SIDE, type Varying } from "./variants";
import { words } from "./words";

const COUNT = 6;
const inPercent = (pixels: number): string => `${(100 * pixels) / SIDE}%`;

export function Augmentation() {
  const t = words();
  const picture = lessonPicture.value;
  const [seed, setSeed] = useState(0);
  const [varying, setVarying] = useState<Varying>({ crop: true, mirror: true, colour: 0.1 });
  const [pointed, setPointed] = useState(0);
  useEffect(() => void ownPicture().catch(() => undefined), []);
  const square = useMemo(() => picture && squared(picture, SIDE), [picture]);
  const tensor = useMemo(() => square && tensorOf(square), [square]);
  const variants = useMemo(() => drawVariants(COUNT, seed, varying), [seed, varying]);
  const state = useComputation(() => tensor && cutVariants(tensor, variants), [tensor, variants]);
  const output = state.value?.output;
  const cuts = useMemo(() => (output ? Array.from({ length: COUNT }, (_, n) => pixelsAt(output, n)) : []), [output]);
  const set = (changes: Partial<Varying>): void => setVarying({ ...varying, ...changes });
  return (
    <Lesson title={t.title} idea={t.idea} notice={t.notice} slides={t.slides}>
      <div class="learn-side augmentation">
        <div class="learn-grid">
          <h3>{t.variants}</h3>
          <ul class="augmentation-variants">
            {variants.map(({ top, left, mirrored, shift }, n) => {
              const name = t.variant(n + 1, top, left, mirrored);
              const [red = "", green = "", blue = ""] = shift.map((value) => number(value, 1));
              return (
                <li key={n}>
                  <button
                    type="button"
                    aria-pressed={pointed === n}
                    aria-label={`${name}; ${t.shift(red, green, blue)}`}
                    title={`${name}; ${t.shift(red, green, blue)}`}
                    onClick={() => setPointed(n)}
                    onFocus={() => setPointed(n)}
                    onPointerEnter={() => setPointed(n)}
                  >
                    <PixelCanvas pixels={cuts[n]} label={name} />
                  </button>
                </li>
              );
            })}
          </ul>
          <p class="small soft" role="status">
            {variants[pointed] &&
              t.variant(pointed + 1, variants[pointed].top, variants[pointed].left, variants[pointed].mirrored)}
          </p>
        </div>
        <div class="stack">
          <div class="learn-grid">
            <h3>{t.picture}</h3>
            <div class="augmentation-whole">
              <PixelCanvas pixels={square} label={t.picture} />
              {variants.map(({ top, left }, n) => (
                <span
                  key={n}
                  aria-hidden="true"
                  data-pointed={n === pointed}
                  style={{
                    top: inPercent(top),
                    left: inPercent(left),
                    width: inPercent(CROP),
                    height: inPercent(CROP),
                  }}
                />
              ))}
            </div>
          </div>
          <label class="learn-check">
            <input
              type="checkbox"
              checked={varying.crop}
              onChange={(event) => set({ crop: event.currentTarget.checked })}
            />
            {t.crop}
          </label>
          <label class="learn-check">
            <input
              type="checkbox"
              checked={varying.mirror}
              onChange={(event) => set({ mirror: event.currentTarget.checked })}
            />
            {t.mirror}
          </label>
          <Slider
            label={t.colour}
            value={varying.colour}
            min={0}
            max={0.5}
            step={0.05}
            format={(n) => number(n, 2)}
            onChange={(colour) => set({ colour })}
          />
          <div>
            <button type="button" class="button button-main" onClick={() => setSeed(seed + 1)}>
              {t.again}
            </button>
          </div>
        </div>
      </div>
      <dl class="facts">
        <div>
          <dt>{t.count}</dt>
          <dd>33 × 33 × 2 = {number(PLACES)}</dd>
        </div>
      </dl>
      <Waiting state={state} />
    </Lesson>
  );
}
