/** The page's own pictures for the chosen network, as a row of small buttons. */
import { useEffect, useState } from "preact/hooks";
import { Notice } from "../components/notice";
import { PixelCanvas } from "../components/pixelCanvas";
import type { NamedPicture } from "../pictures";
import { loadSamples, network, picture, showSample } from "./state";
import { words } from "./words";

export function SampleStrip() {
  const t = words();
  const kind = network.value.samples;
  const [samples, setSamples] = useState<readonly NamedPicture[]>([]);
  const [problem, setProblem] = useState<string>();
  useEffect(() => {
    let wanted = true;
    setProblem(undefined);
    loadSamples(kind).then(
      (loaded) => wanted && setSamples(loaded),
      (error: Error) => wanted && setProblem(error.message),
    );
    return () => {
      wanted = false;
    };
  }, [kind]);
  return (
    <fieldset class="stack">
      <legend class="legend">{kind === "photographs" ? t.photographs : t.samples}</legend>
      <div class="thumbs">
        {samples.map((sample, i) => (
          <button
            // Two surfaces may have one name.
            key={`${kind} ${i}`}
            type="button"
            class="thumb"
            aria-pressed={picture.value === sample}
            onClick={() => showSample(sample)}
          >
            <PixelCanvas pixels={sample} label={sample.name} crisp={sample.crisp ?? false} />
          </button>
        ))}
      </div>
      {problem && <Notice kind="error">{problem}</Notice>}
    </fieldset>
  );
}
