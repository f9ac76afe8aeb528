/** The editor for WGSL: CodeMirror, with the compiler's errors at their lines. A chunk of its own, loaded when opened. */
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { bracketMatching, HighlightStyle, StreamLanguage, syntaxHighlighting } from "@codemirror/language";
import { simpleMode } from "@codemirror/legacy-modes/mode/simple-mode";
import { type Diagnostic, linter, lintGutter } from "@codemirror/lint";
import type { Text } from "@codemirror/state";
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import { tags } from "@lezer/highlight";
import type { ShaderMessage } from "../../../src/index";

const words = (list: string): RegExp => new RegExp(`(?:${list.replaceAll(" ", "|")})\\b`);

const wgsl = StreamLanguage.define(
  simpleMode({
    start: [
      { regex: /\/\/.*/, token: "comment" },
      { regex: /\/\*/, token: "comment", next: "comment" },
      { regex: /@\w+/, token: "meta" },
      {
        regex: words(
          "alias break case const const_assert continue continuing default diagnostic discard else enable fn for if let loop override requires return struct switch var while",
        ),
        token: "keyword",
      },
      { regex: words("bool f16 f32 i32 u32 vec[234][fiuh]? array atomic ptr mat[234]x[234][fh]?"), token: "type" },
      { regex: words("true false"), token: "atom" },
      { regex: /0[xX][\da-fA-F]+[iu]?|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[fhiu]?/, token: "number" },
      { regex: /[a-zA-Z_]\w*/, token: "variable" },
    ],
    comment: [
      { regex: /.*?\*\//, token: "comment", next: "start" },
      { regex: /.*/, token: "comment" },
    ],
    languageData: { commentTokens: { line: "//", block: { open: "/*", close: "*/" } } },
  }),
);

const colours = HighlightStyle.define([
  { tag: tags.keyword, color: "var(--tower-a)" },
  { tag: [tags.typeName, tags.standard(tags.typeName)], color: "var(--good)" },
  { tag: [tags.number, tags.atom], color: "var(--tower-b)" },
  { tag: tags.comment, color: "var(--ink-soft)", fontStyle: "italic" },
  { tag: tags.meta, color: "var(--ink-soft)" },
]);

const look = EditorView.theme({
  "&": { fontSize: "0.8125rem", backgroundColor: "var(--raised)", color: "var(--ink)" },
  // The text wraps and the editor grows with it: nothing scrolls that a keyboard could not reach.
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.5", overflow: "visible" },
  ".cm-content": { caretColor: "var(--ink)" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  ".cm-gutters": { backgroundColor: "var(--sunken)", color: "var(--ink-soft)", border: "none" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "color-mix(in srgb, var(--tower-a) 8%, transparent)" },
  "&.cm-focused .cm-selectionBackground, .cm-selectionBackground": { background: "var(--tower-a-soft) !important" },
  ".cm-tooltip": { backgroundColor: "var(--raised)", color: "var(--ink)", border: "1px solid var(--line)" },
  ".cm-diagnosticText": { fontFamily: "var(--mono)" },
});

/** A message at its place in the text; one without a place stands at the first line. */
function placed(text: Text, { type, message, line, column, length }: ShaderMessage): Diagnostic {
  const at = text.line(Math.min(text.lines, Math.max(1, line)));
  const from = Math.min(at.to, at.from + Math.max(0, column - 1));
  return { from, to: Math.min(at.to, from + Math.max(1, length)), severity: type, message };
}

export interface EditorOptions {
  readonly parent: HTMLElement;
  readonly code: string;
  readonly label: string;
  changed(code: string): void;
  diagnose(code: string): Promise<readonly ShaderMessage[]>;
  /** Told what the compiler says, each time it is asked. */
  diagnosed(messages: readonly ShaderMessage[]): void;
}

export interface Editor {
  /** Replaces the text. */
  write(code: string): void;
  destroy(): void;
}

export function openEditor({ parent, code, label, changed, diagnose, diagnosed }: EditorOptions): Editor {
  const view = new EditorView({
    parent,
    doc: code,
    extensions: [
      lineNumbers(),
      history(),
      drawSelection(),
      bracketMatching(),
      highlightActiveLine(),
      highlightActiveLineGutter(),
      keymap.of([...defaultKeymap, ...historyKeymap]),
      EditorView.lineWrapping,
      wgsl,
      syntaxHighlighting(colours),
      look,
      EditorView.contentAttributes.of({ "aria-label": label }),
      EditorView.updateListener.of((update) => {
        if (update.docChanged) changed(update.state.doc.toString());
      }),
      linter(
        async ({ state }) => {
          const messages = await diagnose(state.doc.toString());
          diagnosed(messages);
          return messages.map((message) => placed(state.doc, message));
        },
        { delay: 400 },
      ),
      lintGutter(),
    ],
  });
  return {
    write: (text) => view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } }),
    destroy: () => view.destroy(),
  };
}
