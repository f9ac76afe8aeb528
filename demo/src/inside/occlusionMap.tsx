/** The occlusion map over the picture as the network sees it. */
import { useEffect, useState } from "preact/hooks";
import type { ImageRecipe, Tensor } from "../../../src/index";
import { Notice } from "../components/notice";
import { PixelCanvas, type Pixels } from "../components/pixelCanvas";
import { Progress } from "../components/progress";
import { number, percent } from "../i18n";
import type { OpenNetwork } from "../networks/opened";
import { words as networkWords } from "../networks/words";
import { type OcclusionMap, occlude } from "./occlusion";
import { words } from "./words";

/** Tower B's colour, laid over what matters. */
const HEAT = [255, 112, 40] as const;
const STRONGEST = 0.82;

/** The network's input as colours again. */
function seen(image: Tensor, recipe: ImageRecipe): Pixels {
  const [, channels = 1, height = 0, width = 0] = image.shape;
  const area = height * width;
  const rgba = new Uint8ClampedArray(4 * area);
  for (let i = 0; i < area; i++) {
    for (let c = 0; c < 3; c++) {
      const channel = channels === 1 ? 0 : recipe.channels === "BGR" ? 2 - c : c;
      const value = image.data[channel * area + i] as number;
      rgba[4 * i + c] =
        (value * (recipe.deviation[channel] as number) + (recipe.mean[channel] as number)) * recipe.scale;
    }
    rgba[4 * i + 3] = 255;
  }
  return { width, height, rgba };
}

/** The drops between places, linearly. */
function dropAt({ side, drops }: OcclusionMap, x: number, y: number): number {
  const clamp = (i: number): number => Math.min(side - 1, Math.max(0, i));
  const [left, top] = [Math.floor(x), Math.floor(y)];
  const at = (i: number, j: number): number => drops[clamp(j) * side + clamp(i)] as number;
  const [fx, fy] = [x - left, y - top];
  return (
    (1 - fy) * ((1 - fx) * at(left, top) + fx * at(left + 1, top)) +
    fy * ((1 - fx) * at(left, top + 1) + fx * at(left + 1, top + 1))
  );
}

/** Pixels of the picture shown at most: small networks' pictures are enlarged, so that the heat is smooth. */
const SHOWN = 240;

function heated(image: Tensor, recipe: ImageRecipe, map: OcclusionMap | undefined): Pixels {
  const base = seen(image, recipe);
  const factor = Math.max(1, Math.round(SHOWN / base.width));
  const [width, height] = [base.width * factor, base.height * factor];
  const rgba = new Uint8ClampedArray(4 * width * height);
  const largest = map ? Math.max(0.02, ...map.drops) : 1;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = 4 * (Math.floor(y / factor) * base.width + Math.floor(x / factor));
      const at = 4 * (y * width + x);
      const drop = map ? dropAt(map, ((x + 0.5) / width) * map.side - 0.5, ((y + 0.5) / height) * map.side - 0.5) : 0;
      const heat = STRONGEST * Math.sqrt(Math.max(0, drop) / largest);
      for (let c = 0; c < 3; c++) {
        // What does not matter steps back.
        const plain = (base.rgba[from + c] as number) * (map ? 0.72 : 1);
        rgba[at + c] = (1 - heat) * plain + heat * (HEAT[c] as number);
      }
      rgba[at + 3] = 255;
    }
  }
  return { width, height, rgba };
}

export function Occlusion({ open, image }: { readonly open: OpenNetwork; readonly image: Tensor }) {
  const t = words();
  const [map, setMap] = useState<OcclusionMap>();
  const [running, setRunning] = useState(false);
  const [problem, setProblem] = useState<string>();
  useEffect(() => {
    setMap(undefined);
    setRunning(false);
    setProblem(undefined);
  }, [open, image]);
  useEffect(() => {
    if (!running) return;
    let wanted = true;
    occlude(
      open,
      image,
      () => wanted,
      (next) => wanted && setMap(next),
    )
      .catch((error: Error) => wanted && setProblem(error.message))
      .finally(() => wanted && setRunning(false));
    return () => {
      wanted = false;
    };
  }, [running, open, image]);
  const all = map ? map.side ** 2 : 0;
  const least = map ? map.probability - Math.max(...map.drops) : 0;
  return (
    <section class="stack" aria-labelledby="inside-occlusion">
      <h2 id="inside-occlusion">{t.occlusionTitle}</h2>
      <p class="soft">{t.occlusion}</p>
      <div class="inside-occlusion">
        <PixelCanvas
          pixels={heated(image, open.network.model.recipe, map)}
          label={t.occlusionPicture}
          class="inside-heat"
        />
        <div class="stack">
          <div>
            <button type="button" class="button button-main" disabled={running} onClick={() => setRunning(true)}>
              {t.cover}
            </button>
          </div>
          {running && (
            <Progress label={t.covering(number(map?.done ?? 0), number(all))} done={map?.done ?? 0} total={all} />
          )}
          {map && map.done === all && (
            <p class="inside-covered">
              {t.covered(
                map.label ?? networkWords().unnamed(map.class),
                percent(map.probability),
                percent(Math.max(0, least)),
              )}
            </p>
          )}
          {problem && <Notice kind="error">{problem}</Notice>}
        </div>
      </div>
    </section>
  );
}
