/** A kernel of the visitor's: an editor, and what the compiler says of it. */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { ShaderMessage } from "../../../src/index";
import example from "../../kernels/matmul_blocks.wgsl?raw";
import { Notice } from "../components/notice";
import type { Editor } from "./editor";
import { diagnose, entry, ownCode, withOwn } from "./state";
import { words } from "./words";

function Messages({ messages }: { readonly messages: readonly ShaderMessage[] }) {
  const t = words();
  if (messages.length === 0) return <p class="soft small">{t.compiles}</p>;
  return (
    <ul class="lab-messages" aria-label={t.compiler}>
      {messages.map(({ type, message, line }) => (
        <li key={`${line} ${message}`} data-kind={type}>
          {line > 0 && <span class="number">{t.line(line)} </span>}
          {message}
        </li>
      ))}
    </ul>
  );
}

export function OwnKernel() {
  const t = words();
  const host = useRef<HTMLDivElement>(null);
  const editor = useRef<Editor | undefined>(undefined);
  const messages = useSignal<readonly ShaderMessage[] | undefined>(undefined);
  const failed = useSignal(false);
  const shown = withOwn.value;
  const asked = JSON.stringify(entry.value);
  useEffect(() => {
    const parent = host.current;
    if (!shown || !parent) return;
    let gone = false;
    import("./editor").then(
      ({ openEditor }) => {
        if (gone) return;
        editor.current = openEditor({
          parent,
          code: ownCode.value,
          label: t.editor,
          changed: (code) => {
            ownCode.value = code;
          },
          diagnose,
          diagnosed: (next) => {
            messages.value = next;
          },
        });
      },
      () => {
        failed.value = true;
      },
    );
    return () => {
      gone = true;
      editor.current?.destroy();
      editor.current = undefined;
    };
  }, [shown, t.editor]);
  // Another op, or other axes: the same text may be wrong now.
  useEffect(() => {
    if (!shown) return;
    let gone = false;
    const later = setTimeout(() => {
      void diagnose(ownCode.value).then((next) => {
        if (!gone) messages.value = next;
      });
    }, 400);
    return () => {
      gone = true;
      clearTimeout(later);
    };
  }, [shown, asked]);
  return (
    <section class="card stack" aria-labelledby="lab-own">
      <h2 id="lab-own">{t.ownTitle}</h2>
      <p class="soft">{t.ownText}</p>
      <label class="row">
        <input
          type="checkbox"
          checked={shown}
          onChange={(event) => {
            withOwn.value = event.currentTarget.checked;
          }}
        />
        {t.withOwn}
      </label>
      {shown && (
        <>
          <div class="lab-editor" ref={host} />
          {failed.value && <Notice kind="error">{t.editorFailed}</Notice>}
          <div role="status">{messages.value && <Messages messages={messages.value} />}</div>
          <div class="row">
            <button type="button" class="button" onClick={() => editor.current?.write(example)}>
              {t.example}
            </button>
          </div>
        </>
      )}
    </section>
  );
}
