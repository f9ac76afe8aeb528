/** Joins a kernel's file with the library texts it uses, and gives its constants their values. Text in, text out. */
import { ShaderError } from "../core/errors";

/** A shader's text before reflection: what `Shader` of the ops room holds. */
export interface ShaderSource {
  readonly file: string;
  readonly code: string;
  readonly lib: readonly string[];
}

/** Text ready to compile, and the values for its `override` declarations. */
export interface LinkedShader {
  readonly file: string;
  readonly code: string;
  readonly overrides: Readonly<Record<string, number>>;
}

const DIRECTIVE = /^\s*(?:enable|requires|diagnostic)\b[^;]*;[ \t]*$/gm;

/** Lines of `code` that declare `name` at module scope, as a regular expression over the whole text. */
const declaration = (keyword: string, name: string): RegExp =>
  new RegExp(`^(\\s*${keyword}\\s+${name}\\s*(?::\\s*(\\w+)\\s*)?=\\s*)([^;]+);`, "m");

/** A number as a WGSL literal of the type that the declaration gives. */
function literal(value: number, type: string | undefined): string {
  if (type === "u32") return `${value}u`;
  if (type === "bool") return value ? "true" : "false";
  if (type === "f32" && Number.isInteger(value)) return `${value}.0`;
  return String(value);
}

/**
 * The whole text of `shader` with `constants` applied: a name declared `override` becomes a pipeline constant, a `const`
 * at module scope is replaced in the text (it may size function-local arrays, which an override cannot).
 * @throws ShaderError for a name that is neither.
 */
export function link(shader: ShaderSource, constants: Readonly<Record<string, number>> = {}): LinkedShader {
  // Directives must come before any declaration, whichever file they stand in; WGSL is order-free otherwise. The
  // kernel's own text comes first, so that line numbers of compile errors are those of its file.
  const directives = new Set<string>();
  const joined = [shader.code, ...new Set(shader.lib)].join("\n");
  let code = joined.replace(DIRECTIVE, (line) => {
    directives.add(line.trim());
    return "";
  });
  const overrides: Record<string, number> = {};
  for (const [name, value] of Object.entries(constants)) {
    if (new RegExp(`^\\s*(?:@id\\(\\d+\\)\\s*)?override\\s+${name}\\b`, "m").test(code)) {
      overrides[name] = value;
      continue;
    }
    const pattern = declaration("const", name);
    if (!pattern.test(code)) {
      throw new ShaderError(shader.file, `there is no override and no module-scope const named "${name}"`);
    }
    code = code.replace(pattern, (_, head: string, type: string | undefined) => `${head}${literal(value, type)};`);
  }
  if (directives.size > 0) code = `${[...directives].join(" ")} ${code}`;
  return { file: shader.file, code, overrides };
}
