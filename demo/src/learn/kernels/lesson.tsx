/** Image kernels: on a picture of one's own, and window by window on numbers. */
import { signal } from "@preact/signals";
import { useEffect, useMemo, useState } from "preact/hooks";
import { Notice } from "../../components/notice";
import { NumberGrid } from "../../components/numberGrid";
import { PictureInput } from "../../components/pictureInput";
import { PixelCanvas } from "../../components/pixelCanvas";
import { Slider } from "../../components/slider";
import { Tabs } from "../../components/tabs";
import { number } from "../../i18n";
import { Cells, inRows, Lesson, Waiting } from "../parts";
import { fitted, lessonPicture, ownPicture, pixelsAt, tensorOf } from "../picture";
import { numbersOf, useComputation } from "../useComputation";
import {
  convolveNumbers,
  convolvePicture,
  type Geometry,
  type Kernel,
  outputSize,
  PRESETS,
  type PresetName,
  resized,
  SLIDE_IMAGE,
  SLIDE_KERNEL,
  sizeFormula,
  type Term,
  termsOf,
} from "./convolution";
import { words } from "./words";

/** The picture's longer side here: software adapters follow a dragged handle too. */
const LONGEST = 320;
const SIDE = 7;

const PLAIN: Geometry = { stride: 1, padding: 0, dilation: 1 };
const pictureKernel = signal<Kernel>(PRESETS.outline);
const pictureGeometry = signal<Geometry>({ ...PLAIN, padding: 1 });
const numbersKernel = signal<Kernel>(SLIDE_KERNEL);
const numbersGeometry = signal<Geometry>({ ...PLAIN, stride: 2 });

const changed = (kernel: Kernel, row: number, column: number, value: number): Kernel => ({
  size: kernel.size,
  values: kernel.values.map((old, i) => (i === row * kernel.size + column ? value : old)),
});

/** As a field shows it: a ninth is no 0.1111111111111111. */
const rounded = (value: number): number => Number(value.toFixed(3));

function KernelEditor({ kernel, onChange }: { readonly kernel: Kernel; readonly onChange: (next: Kernel) => void }) {
  const t = words();
  return (
    <NumberGrid
      label={t.kernel}
      rows={inRows(kernel.values.map(rounded), kernel.size)}
      width={3.5}
      onChange={(row, column, value) => onChange(changed(kernel, row, column, value))}
    />
  );
}

function GeometryControls({
  geometry,
  onChange,
}: {
  readonly geometry: Geometry;
  readonly onChange: (next: Geometry) => void;
}) {
  const t = words();
  const { stride, padding, dilation } = geometry;
  const set = (changes: Partial<Geometry>): void => onChange({ ...geometry, ...changes });
  return (
    <div class="learn-controls">
      <Slider label={t.stride} value={stride} min={1} max={4} onChange={(value) => set({ stride: value })} />
      <Slider label={t.padding} value={padding} min={0} max={3} onChange={(value) => set({ padding: value })} />
      <Slider label={t.dilation} value={dilation} min={1} max={4} onChange={(value) => set({ dilation: value })} />
    </div>
  );
}

function OnPicture() {
  const t = words();
  const picture = lessonPicture.value;
  const kernel = pictureKernel.value;
  const geometry = pictureGeometry.value;
  const [magnitude, setMagnitude] = useState(false);
  useEffect(() => void ownPicture().catch(() => undefined), []);
  const small = useMemo(() => picture && fitted(picture, LONGEST), [picture]);
  const tensor = useMemo(() => small && tensorOf(small), [small]);
  const fits =
    !small ||
    Math.min(
      outputSize(small.width, kernel.size, geometry).size,
      outputSize(small.height, kernel.size, geometry).size,
    ) > 0;
  const state = useComputation(
    () => (tensor && fits ? convolvePicture(tensor, kernel, geometry, magnitude) : undefined),
    [tensor, kernel, geometry, magnitude],
  );
  const output = state.value?.output;
  const pixels = useMemo(() => output && pixelsAt(output), [output]);
  const chosen = (Object.keys(PRESETS) as PresetName[]).find((name) => PRESETS[name] === kernel);
  return (
    <>
      <div class="tabs-wrap">
        <span class="learn-caption">{t.presets}</span>
        <Tabs
          label={t.presets}
          options={(Object.keys(PRESETS) as PresetName[]).map((id) => ({ id, name: t.names[id] }))}
          value={chosen ?? ("" as PresetName)}
          onChange={(name) => {
            pictureKernel.value = PRESETS[name];
            pictureGeometry.value = { ...geometry, padding: (PRESETS[name].size - 1) / 2 };
          }}
        />
      </div>
      <div class="kernels-picture">
        <div class="stack">
          <div class="learn-grid">
            <h3>{t.before}</h3>
            <PictureInput picture={picture} onPicture={(given) => (lessonPicture.value = given)} />
          </div>
        </div>
        <div class="learn-grid">
          <h3>{pixels ? t.after(pixels.width, pixels.height) : t.after(0, 0)}</h3>
          {fits ? (
            <PixelCanvas
              pixels={pixels}
              class="picture-shown kernels-output"
              crisp
              label={t.after(pixels?.width ?? 0, pixels?.height ?? 0)}
            />
          ) : (
            <Notice kind="warning">{t.tooLarge}</Notice>
          )}
          <Waiting state={state} />
        </div>
        <div class="stack">
          <div class="learn-grid">
            <h3>{t.kernel}</h3>
            <KernelEditor kernel={kernel} onChange={(next) => (pictureKernel.value = next)} />
          </div>
          <Tabs
            label={t.size}
            options={[
              { id: "3", name: "3 × 3" },
              { id: "5", name: "5 × 5" },
            ]}
            value={String(kernel.size) as "3" | "5"}
            onChange={(size) => (pictureKernel.value = resized(kernel, size === "3" ? 3 : 5))}
          />
        </div>
        <div class="stack">
          <GeometryControls geometry={geometry} onChange={(next) => (pictureGeometry.value = next)} />
          <label class="learn-check">
            <input
              type="checkbox"
              checked={magnitude}
              onChange={(event) => setMagnitude(event.currentTarget.checked)}
            />
            {t.magnitude}
          </label>
        </div>
      </div>
    </>
  );
}

/** `3·2 + 4·3 + … = 91`, without the products on the padding, which are nothing. */
function Sum({ terms, result }: { readonly terms: readonly Term[]; readonly result: number | undefined }) {
  const text = terms
    .filter(({ inside }) => inside)
    .map(({ value, weight }, i) => {
      const factor = `${number(Math.abs(weight), 3)}·${number(value, 3)}`;
      if (i === 0) return weight < 0 ? `−${factor}` : factor;
      return weight < 0 ? ` − ${factor}` : ` + ${factor}`;
    })
    .join("");
  return (
    <p class="learn-formula" role="status">
      {text || "0"} = <strong>{result === undefined ? "…" : number(result, 3)}</strong>
    </p>
  );
}

function OnNumbers() {
  const t = words();
  const kernel = numbersKernel.value;
  const geometry = numbersGeometry.value;
  const { padding } = geometry;
  const { size, span } = outputSize(SIDE, kernel.size, geometry);
  const [at, setAt] = useState<readonly [number, number]>([0, 0]);
  const state = useComputation(
    () => (size > 0 ? convolveNumbers(SLIDE_IMAGE, kernel, geometry) : undefined),
    [kernel, geometry],
  );
  const shape = state.value?.output?.shape[3] ?? 0;
  const output = inRows(numbersOf(state, "output"), shape);
  const picked = [Math.min(at[0], size - 1), Math.min(at[1], size - 1)] as const;
  const terms = size > 0 ? termsOf(SLIDE_IMAGE, SIDE, kernel, geometry, picked) : [];
  const padded = SIDE + 2 * padding;
  const input = Array.from({ length: padded }, (_, r) =>
    Array.from({ length: padded }, (__, c) => {
      const [y, x] = [r - padding, c - padding];
      return y >= 0 && x >= 0 && y < SIDE && x < SIDE ? (SLIDE_IMAGE[y * SIDE + x] ?? 0) : 0;
    }),
  );
  const tone = (r: number, c: number) => {
    const [y, x] = [r - padding, c - padding];
    if (terms.some((term) => term.y === y && term.x === x)) return "window";
    return y < 0 || x < 0 || y >= SIDE || x >= SIDE ? "outside" : "plain";
  };
  return (
    <>
      <GeometryControls geometry={geometry} onChange={(next) => (numbersGeometry.value = next)} />
      <div class="learn-grids">
        <div class="learn-grid">
          <h3>{padding > 0 ? t.inputPadded(padding) : t.input}</h3>
          <Cells label={t.input} rows={input} tone={tone} width={2.25} />
        </div>
        <div class="learn-grid">
          <h3>{t.kernel}</h3>
          <KernelEditor kernel={kernel} onChange={(next) => (numbersKernel.value = next)} />
        </div>
        <div class="learn-grid kernels-answer" data-busy={state.kind === "busy"}>
          <h3>{t.output(size)}</h3>
          {size > 0 ? (
            <Cells
              label={t.output(size)}
              rows={output}
              digits={1}
              picked={picked}
              onPick={(row, column) => setAt([row, column])}
            />
          ) : (
            <Notice kind="warning">{t.tooLarge}</Notice>
          )}
        </div>
      </div>
      <Waiting state={state} />
      <div class="stack">
        <p>
          {t.formula} {t.span(span)}
        </p>
        <p class="learn-formula">{sizeFormula(SIDE, kernel.size, geometry)}</p>
        {size > 0 && (
          <>
            <p>{t.sum}</p>
            <Sum terms={terms} result={output[picked[0]]?.[picked[1]]} />
          </>
        )}
      </div>
    </>
  );
}

export function Kernels() {
  const t = words();
  return (
    <>
      <Lesson title={t.title} idea={t.idea} notice={t.notice}>
        <OnPicture />
      </Lesson>
      <div class="learn-part">
        <Lesson title={t.numbersTitle} idea={t.numbersIdea} notice={t.numbersNotice} slides={t.slides}>
          <OnNumbers />
        </Lesson>
      </div>
    </>
  );
}
