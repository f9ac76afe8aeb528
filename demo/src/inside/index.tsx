/** Look inside: the layers of the chosen network on the chosen picture, its first filters, and what matters in the picture. */
import "./inside.css";
import { Notice } from "../components/notice";
import { Progress } from "../components/progress";
import { useEngine } from "../engine";
import { useTask } from "../hooks";
import { NetworkSelect, WeightsOrigin } from "../networks/picker";
import { preparePicture } from "../networks/prepare";
import { SampleStrip } from "../networks/sampleStrip";
import { network, picture } from "../networks/state";
import { useNetwork } from "../networks/useNetwork";
import { words as networkWords } from "../networks/words";
import { Filters } from "./filters";
import { Layers } from "./layers";
import { Occlusion } from "./occlusionMap";
import { openProbe } from "./probe";
import { words } from "./words";

const waiting = (): Promise<never> => new Promise<never>(() => undefined);

export default function Inside() {
  const t = words();
  const { device } = useEngine();
  const wanted = network.value;
  const shown = picture.value;
  const used = useNetwork();
  const open = used.state.kind === "done" && used.state.value.network === wanted ? used.state.value : undefined;
  const prepared = useTask(
    async () => (shown ? preparePicture(device, wanted, shown) : waiting()),
    [device, wanted, shown],
  );
  const probing = useTask(
    async (task) => {
      if (!open) return waiting();
      const probe = await openProbe(open);
      task.cleanup(() => probe.destroy());
      return { probe, open };
    },
    [open],
  );
  const image = prepared.kind === "done" ? prepared.value.image : undefined;
  const ready = probing.kind === "done" && probing.value.open === open ? probing.value.probe : undefined;
  const failure = [used.state, prepared, probing].find(({ kind }) => kind === "failed") as
    | { error?: Error }
    | undefined;
  return (
    <div class="stack-wide">
      <div>
        <div class="lead">
          <h1>{t.title}</h1>
          <p>{t.lead}</p>
        </div>
        <div class="inside-controls">
          <SampleStrip />
          <div class="stack">
            <NetworkSelect />
            <WeightsOrigin />
          </div>
        </div>
        {failure && (
          <Notice kind="error" title={t.failed}>
            {failure.error?.message}
          </Notice>
        )}
        {open && ready && image ? (
          <Layers open={open} probe={ready} image={image} />
        ) : (
          !failure && (
            <Progress
              label={used.step && !open ? networkWords().steps[used.step.what] : t.opening}
              done={used.step?.done ?? 0}
              total={open ? 0 : (used.step?.total ?? 0)}
            />
          )
        )}
      </div>
      {open && <Filters open={open} />}
      {open && image && <Occlusion open={open} image={image} />}
    </div>
  );
}
