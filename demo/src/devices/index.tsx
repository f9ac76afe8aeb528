/** Two devices: the network cut in two, what crosses, when each device works, and proof that the answers agree. */
import "./devices.css";
import { signal } from "@preact/signals";
import { useState } from "preact/hooks";
import { type LayoutName, openMesh } from "../../../src/index";
import { Notice } from "../components/notice";
import { Progress } from "../components/progress";
import { Tabs } from "../components/tabs";
import { useEngine } from "../engine";
import { useTask } from "../hooks";
import { percent } from "../i18n";
import type { Guess } from "../networks/opened";
import { NetworkSelect, WeightsOrigin } from "../networks/picker";
import { preparePicture } from "../networks/prepare";
import { SampleStrip } from "../networks/sampleStrip";
import { network, picture } from "../networks/state";
import { useNetwork } from "../networks/useNetwork";
import { words as networkWords } from "../networks/words";
import { layOut, type PairResult, runPair } from "./pair";
import { Timeline } from "./timeline";
import { Towers } from "./towers";
import { words } from "./words";

const LAYOUTS: readonly LayoutName[] = ["single", "two-tower", "data-parallel", "hybrid"];

const layout = signal<LayoutName>("two-tower");

const waiting = (): Promise<never> => new Promise<never>(() => undefined);

const said = (guess: Guess | undefined): string =>
  guess ? `${guess.label ?? networkWords().unnamed(guess.index)}, ${percent(guess.probability, 3)}` : "";

function Proof({ result }: { readonly result: PairResult }) {
  const t = words();
  const largest = result.largest.toExponential(1);
  return (
    <section class="stack" aria-labelledby="devices-proof">
      <h2 id="devices-proof">{t.proof}</h2>
      <p class="devices-verdict" data-agrees={result.agrees} role="status">
        {(result.agrees ? t.agree : t.differ)(largest)}
      </p>
      <dl class="facts">
        <div>
          <dt>{t.one}</dt>
          <dd>{said(result.one[0])}</dd>
        </div>
        <div>
          <dt>{t.both}</dt>
          <dd>{said(result.both[0])}</dd>
        </div>
      </dl>
    </section>
  );
}

/** The two devices; opened with the section, closed with it. `lost` is set when one is gone. */
function useMesh() {
  const [attempt, setAttempt] = useState(0);
  const [lost, setLost] = useState(false);
  const state = useTask(
    async (task) => {
      const mesh = await openMesh({ devices: 2 });
      task.cleanup(() => mesh.destroy());
      void mesh.lost.then(() => task.wanted() && setLost(true));
      return mesh;
    },
    [attempt],
  );
  const reopen = (): void => {
    setLost(false);
    setAttempt(attempt + 1);
  };
  return { state, lost, reopen };
}

export default function Devices() {
  const t = words();
  const { device } = useEngine();
  const used = useNetwork();
  const wanted = network.value;
  const shown = picture.value;
  const chosen = layout.value;
  const [run, setRun] = useState(0);
  const { state: opening, lost, reopen } = useMesh();
  const mesh = opening.kind === "done" ? opening.value : undefined;
  const open = used.state.kind === "done" && used.state.value.network === wanted ? used.state.value : undefined;
  const prepared = useTask(
    async () => (shown ? preparePicture(device, wanted, shown) : waiting()),
    [device, wanted, shown],
  );
  const image = prepared.kind === "done" ? prepared.value.image : undefined;
  const laying = useTask(
    async (task) => (mesh && open ? layOut(device, mesh, open, chosen, task.cleanup) : waiting()),
    [mesh, open, chosen],
  );
  const laid = laying.kind === "done" ? laying.value : undefined;
  const running = useTask(async () => (laid && image ? runPair(laid, image) : waiting()), [laid, image, run]);
  const result = running.value;
  const failure = [opening, used.state, prepared, laying, running].find(({ kind }) => kind === "failed") as
    | { readonly error: Error }
    | undefined;
  return (
    <div class="stack-wide">
      <div class="stack devices-layout">
        <div class="lead">
          <h1>{t.title}</h1>
          <p>{t.lead}</p>
        </div>
        <div class="devices-controls">
          <SampleStrip />
          <div class="stack">
            <NetworkSelect />
            <WeightsOrigin />
          </div>
        </div>
        <Tabs
          label={t.layout}
          value={chosen}
          options={LAYOUTS.map((id) => ({ id, name: t.layouts[id] }))}
          onChange={(next) => {
            layout.value = next;
          }}
        />
        <p>{t.about[chosen]}</p>
        <p class="small soft">{t.pair}</p>
      </div>
      {lost && (
        <Notice kind="error" title={t.lost}>
          <button type="button" class="button" onClick={reopen}>
            {t.reopen}
          </button>
        </Notice>
      )}
      {failure && !lost && (
        <Notice kind="error" title={t.failed}>
          {failure.error.message}
        </Notice>
      )}
      {running.kind === "busy" && !failure && <Progress label={mesh ? (laid ? t.running : t.compiling) : t.opening} />}
      {result && (
        <div class="devices-result" data-layout={result.layout} data-stale={running.kind !== "done"}>
          <Towers result={result} />
          <div class="stack-wide">
            <Proof result={result} />
            <Timeline result={result} />
            <div>
              <button type="button" class="button" disabled={running.kind === "busy"} onClick={() => setRun(run + 1)}>
                {t.again}
              </button>
            </div>
          </div>
        </div>
      )}
    </div>
  );
}
