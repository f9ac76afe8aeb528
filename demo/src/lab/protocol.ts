/** What the page and the Lab's worker say to each other. */
import type { BenchRequest, Ceilings, Entry, Failure, OwnText, Results, Row, ShaderMessage } from "../../../src/index";

export type Request =
  | { readonly kind: "measure"; readonly request: BenchRequest }
  | { readonly kind: "stop" }
  | { readonly kind: "diagnose"; readonly id: number; readonly entry: Entry; readonly text: OwnText };

export type Report =
  | { readonly kind: "progress"; readonly done: number; readonly total: number; readonly what: string }
  | { readonly kind: "ceilings"; readonly ceilings: Ceilings; readonly adapter: Results["adapter"] }
  | { readonly kind: "rows"; readonly rows: readonly Row[]; readonly failures: readonly Failure[] }
  | { readonly kind: "done"; readonly results: Results }
  | { readonly kind: "failed"; readonly message: string }
  | { readonly kind: "diagnosed"; readonly id: number; readonly messages: readonly ShaderMessage[] };
