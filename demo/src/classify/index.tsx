/** Classify: a picture in, the five likeliest answers out, with how long it took and where it ran. */
import "./classify.css";
import { Bars } from "../components/bars";
import { Notice } from "../components/notice";
import { PictureInput } from "../components/pictureInput";
import { Progress } from "../components/progress";
import { adapterName, useEngine } from "../engine";
import { type TaskState, useTask } from "../hooks";
import { duration, percent } from "../i18n";
import { type Answer, classify, type Guess } from "../networks/opened";
import { NetworkPicker } from "../networks/picker";
import { preparePicture } from "../networks/prepare";
import { SampleStrip } from "../networks/sampleStrip";
import { network, picture, showOwn } from "../networks/state";
import { type UsedNetwork, useNetwork } from "../networks/useNetwork";
import { weights } from "../networks/weights";
import { words as networkWords } from "../networks/words";
import { words } from "./words";

const SHOWN = 5;

/** Longer names are set smaller. */
const LONG = 8;

const nameOf = ({ label, index }: Guess): string => label ?? networkWords().unnamed(index);

interface Outcome extends Answer {
  /** Milliseconds of preparing the picture. */
  readonly prepareMs: number;
}

function Result({ answer, stale }: { readonly answer: Outcome; readonly stale: boolean }) {
  const t = words();
  const { facts } = useEngine();
  const [first] = answer.guesses;
  const random = weights.value[network.value.id]?.origin === "seed";
  const name = first ? nameOf(first) : "";
  return (
    <div class="classify-result" data-stale={stale}>
      <div class="classify-answer">
        <div class="classify-first" data-long={name.length > LONG}>
          {name}
        </div>
        {random && (
          <div>
            <span class="tag" data-kind="warning">
              {t.meaningless}
            </span>
          </div>
        )}
        <span class="visually-hidden" role="status">
          {!stale && first ? t.announce(name, percent(first.probability)) : ""}
        </span>
      </div>
      <Bars
        ranked
        label={t.answers}
        rows={answer.guesses.map((guess) => ({
          label: nameOf(guess),
          share: guess.probability,
          value: percent(guess.probability),
        }))}
      />
      <dl class="facts classify-facts">
        <div>
          <dt>{t.perImage}</dt>
          <dd class="classify-time">{duration(answer.runMs)}</dd>
        </div>
        <div>
          <dt>{t.preparing}</dt>
          <dd>{duration(answer.prepareMs)}</dd>
        </div>
        <div>
          <dt>{t.ranOn}</dt>
          <dd>
            {adapterName(facts)} {facts.software && <span class="tag">{t.software}</span>}
          </dd>
        </div>
      </dl>
    </div>
  );
}

function Waiting({ used, answer }: { readonly used: UsedNetwork; readonly answer: TaskState<Outcome> }) {
  const t = networkWords();
  if (used.state.kind === "failed")
    return (
      <Notice kind="error" title={t.openFailed}>
        {used.state.error.message}
      </Notice>
    );
  if (answer.kind === "failed")
    return (
      <Notice kind="error" title={words().failed}>
        {answer.error.message}
      </Notice>
    );
  if (used.state.kind === "busy" && used.step)
    return <Progress label={t.steps[used.step.what]} done={used.step.done} total={used.step.total} />;
  return answer.kind === "busy" ? <Progress label={words().classifying} /> : null;
}

export default function Classify() {
  const t = words();
  const used = useNetwork();
  const open = used.state.kind === "done" ? used.state.value : undefined;
  const shown = picture.value;
  const { device } = useEngine();
  const wanted = network.value;
  // The picture is prepared while the network is still being opened.
  const prepared = useTask(
    async () => (shown ? preparePicture(device, wanted, shown) : new Promise<never>(() => undefined)),
    [device, wanted, shown],
  );
  const image = prepared.kind === "done" ? prepared.value : undefined;
  const answer = useTask<Outcome>(async () => {
    if (prepared.kind === "failed") throw prepared.error;
    // Until there are both a network and a picture there is nothing to answer.
    if (!open || !image || open.network !== wanted) return new Promise<never>(() => undefined);
    return { ...(await classify(open, image.image, SHOWN)), prepareMs: image.ms };
  }, [open, image, prepared.kind === "failed"]);
  return (
    <div>
      <div class="lead">
        <h1>{t.title}</h1>
        <p>{t.lead}</p>
      </div>
      <div class="split">
        <div class="stack">
          <PictureInput picture={shown} onPicture={showOwn} />
          <SampleStrip />
          <NetworkPicker />
        </div>
        <div class="stack classify-side" aria-busy={answer.kind === "busy"}>
          {answer.value && <Result answer={answer.value} stale={answer.kind !== "done"} />}
          <Waiting used={used} answer={answer} />
        </div>
      </div>
    </div>
  );
}
