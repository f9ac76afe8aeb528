/** Chooses a network, says where its weights came from, and takes others. */
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { Notice } from "../components/notice";
import { Progress } from "../components/progress";
import { bytes } from "../i18n";
import type { NetworkId } from "./list";
import { networks } from "./list";
import { chosen, network } from "./state";
import { forgetWeights, type Loading, takeWeights, weights } from "./weights";
import { words } from "./words";

/** Chooses a network. */
export function NetworkSelect() {
  const t = words();
  const id = useId();
  const groups = [
    { name: t.small, members: networks.filter(({ shipped }) => shipped !== undefined) },
    { name: t.full, members: networks.filter(({ shipped }) => shipped === undefined) },
  ];
  return (
    <div class="field">
      <label for={id}>{t.network}</label>
      <select
        id={id}
        class="select"
        value={chosen.value}
        onChange={(event) => {
          chosen.value = event.currentTarget.value as NetworkId;
        }}
      >
        {groups.map(({ name, members }) => (
          <optgroup key={name} label={name}>
            {members.map((each) => (
              <option key={each.id} value={each.id}>
                {t.names[each.id]}
              </option>
            ))}
          </optgroup>
        ))}
      </select>
    </div>
  );
}

/** Chooses a network, and takes weights for it. */
export function NetworkPicker() {
  const t = words();
  return (
    <div class="stack">
      <NetworkSelect />
      <p class="soft small">{t.summaries[chosen.value]}</p>
      <WeightsOrigin />
      <WeightsInput key={chosen.value} />
    </div>
  );
}

/** Says where the chosen network's weights came from. */
export function WeightsOrigin() {
  const t = words();
  const from = weights.value[chosen.value];
  if (!from) return null;
  switch (from.origin) {
    case "shipped":
      return <p class="soft small">{t.shipped}</p>;
    case "seed":
      return <Notice kind="warning">{t.seeded(from.seed)}</Notice>;
    case "kept":
      return <p class="soft small">{t.kept(from.name)}</p>;
    default:
      return <p class="soft small">{t.loaded(from.name)}</p>;
  }
}

function loadingLabel(loading: NonNullable<Loading>): string {
  const t = words();
  if (loading.what === "checking") return t.checking;
  return t.fetching(bytes(loading.done), loading.total === undefined ? "" : bytes(loading.total));
}

function WeightsInput() {
  const t = words();
  const [loading, setLoading] = useState<Loading>();
  const [problem, setProblem] = useState<string>();
  const [address, setAddress] = useState("");
  const file = useRef<HTMLInputElement>(null);
  const id = useId();
  const wanted = network.value;
  const origin = weights.value[wanted.id]?.origin;
  const [opened, setOpened] = useState(origin === "seed");
  useEffect(() => {
    if (origin === "seed") setOpened(true);
  }, [origin]);

  const take = async (from: File | string): Promise<void> => {
    setProblem(undefined);
    setLoading({ what: "checking", done: 0, total: undefined });
    try {
      await takeWeights(wanted, from, setLoading);
    } catch (error) {
      const unreachable = error instanceof TypeError && typeof from === "string";
      setProblem(unreachable ? words().unreachable(from) : (error as Error).message);
    } finally {
      setLoading(undefined);
    }
  };

  return (
    <details class="weights" open={opened} onToggle={(event) => setOpened(event.currentTarget.open)}>
      <summary>{t.own}</summary>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: dropping is one of three ways; the fields inside are for all */}
      <div
        class="stack weights-box"
        onDragOver={(event) => event.preventDefault()}
        onDrop={(event) => {
          event.preventDefault();
          event.stopPropagation();
          const dropped = event.dataTransfer?.files[0];
          if (dropped) void take(dropped);
        }}
      >
        <p class="soft small">{t.ownHelp}</p>
        <div class="row">
          <button type="button" class="button" disabled={loading !== undefined} onClick={() => file.current?.click()}>
            {t.file}
          </button>
          <span class="soft small">{t.dropFile}</span>
          <input
            ref={file}
            type="file"
            class="visually-hidden weights-file"
            tabIndex={-1}
            aria-label={t.file}
            onChange={(event) => {
              const picked = event.currentTarget.files?.[0];
              event.currentTarget.value = "";
              if (picked) void take(picked);
            }}
          />
        </div>
        <form
          class="field"
          onSubmit={(event) => {
            event.preventDefault();
            if (address.trim() !== "") void take(address.trim());
          }}
        >
          <label for={id}>{t.address}</label>
          <div class="weights-address">
            <input
              id={id}
              type="url"
              class="input"
              placeholder="https://…/model.safetensors"
              value={address}
              onInput={(event) => setAddress(event.currentTarget.value)}
            />
            <button type="submit" class="button" disabled={loading !== undefined}>
              {t.fetch}
            </button>
          </div>
        </form>
        {loading && (
          <Progress
            label={loadingLabel(loading)}
            done={loading.done}
            {...(loading.total === undefined ? {} : { total: loading.total })}
          />
        )}
        {problem && (
          <Notice kind="error" title={t.cannot}>
            {problem}
          </Notice>
        )}
        {(origin === "file" || origin === "address" || origin === "kept") && (
          <div>
            <button type="button" class="button button-plain" onClick={() => void forgetWeights(wanted)}>
              {t.forget}
            </button>
          </div>
        )}
      </div>
    </details>
  );
}
