/** What a WGSL compiler says of a text, with the line it speaks of and a mark under the place. */
import type { ShaderMessage } from "../runtime/pipelines";

/**
 * `my.wgsl:12:7: error: unresolved value 'foo'`, the line, and carets under `foo`. Lines beyond the text's own are those
 * of the library that was joined to it, and are not shown.
 */
export function excerpt(file: string, code: string, { type, message, line, column, length }: ShaderMessage): string {
  const head = line > 0 ? `${file}:${line}:${column}: ${type}: ${message}` : `${file}: ${type}: ${message}`;
  const text = code.split("\n")[line - 1];
  if (text === undefined) return head;
  const number = String(line);
  // Tabs stay tabs, so that the mark stands under its place however wide they are shown.
  const lead = text.slice(0, Math.max(0, column - 1)).replace(/[^\t]/g, " ");
  const room = Math.max(1, text.length - Math.max(0, column - 1));
  const mark = "^".repeat(Math.max(1, Math.min(length, room)));
  return [head, `  ${number} | ${text}`, `  ${" ".repeat(number.length)} | ${lead}${mark}`].join("\n");
}
