/**
 * Cases in the layout of the ONNX project's backend tests: a folder with `model.onnx` and `test_data_set_*` folders, each with
 * `input_*.pb` and `output_*.pb`, one tensor a file. Tolerances are those of that project's own runner (onnx.backend.test).
 */
import { compare, formatMismatch } from "../core/compare";
import { TandemError } from "../core/errors";
import { fromBfloat16 } from "../core/float16";
import { formatShape, sameShape } from "../core/shape";
import type { Device } from "../engine/device";
import {
  fromTensor,
  type HostTensor,
  importOnnx,
  type OnnxModel,
  type OnnxPort,
  readOnnx,
  readTensorFile,
  toTensor,
} from "../io/onnx";
import { unsupportedTypes } from "../io/onnx/inspect";
import { bytesSource } from "../io/source";

/** Allowed error of floats, as the ONNX project's runner has it; whole numbers and booleans must be equal. */
export const ONNX_TOLERANCE = { rtol: 1e-3, atol: 1e-7 } as const;

export interface OnnxCase {
  /** Path of its folder below the one that was asked for. */
  readonly name: string;
  readonly folder: string;
}

export interface OnnxOutcome {
  readonly name: string;
  readonly operators: readonly string[];
  readonly status: "passed" | "failed" | "skipped";
  /** Why it failed or was skipped. */
  readonly reason?: string;
  /** What kind of reason: operators or attributes that we do not have, an error, or values that are off. */
  readonly kind?: "unsupported" | "error" | "values" | "type";
  /** Nothing was left for the device: everything was known before the run. */
  readonly folded?: true;
}

/** Access to the files of cases. */
export interface CaseFiles {
  read(path: string): Promise<Uint8Array<ArrayBuffer>>;
  list(path: string): Promise<string[]>;
}

const MAX_DEPTH = 8;

/** Every folder below `folder` that holds a `model.onnx`, in order. */
export async function findCases(files: CaseFiles, folder: string, name = "", depth = 0): Promise<OnnxCase[]> {
  const entries = await files.list(folder).catch(() => undefined);
  if (!entries || depth > MAX_DEPTH) return [];
  if (entries.includes("model.onnx")) return [{ name: name || folder, folder }];
  const found: OnnxCase[] = [];
  for (const entry of entries) {
    if (/\.(pb|onnx|json|txt|md|npz|py)$/.test(entry)) continue;
    found.push(...(await findCases(files, `${folder}/${entry}`, name ? `${name}/${entry}` : entry, depth + 1)));
  }
  return found;
}

/** The project's data hold bfloat16 as whole numbers: its bits. */
function asDeclared(tensor: HostTensor, type: string): HostTensor {
  if (type !== "bfloat16" || tensor.type !== "uint16") return tensor;
  return { ...tensor, type, data: Float32Array.from(tensor.data, fromBfloat16) };
}

/** The tensors `<kind>_0.pb`, `<kind>_1.pb`, … of a data set, by the names of `ports`. */
async function tensors(files: CaseFiles, folder: string, kind: "input" | "output", ports: readonly OnnxPort[]) {
  const count = (await files.list(folder)).filter((name) => new RegExp(`^${kind}_\\d+\\.pb$`).test(name)).length;
  const found: Record<string, HostTensor> = {};
  for (let i = 0; i < count; i++) {
    const path = `${folder}/${kind}_${i}.pb`;
    const { name, ...tensor } = readTensorFile(path, await files.read(path));
    const port = ports.find((each) => each.name === name) ?? ports[i];
    if (!port) throw new TandemError(`${path} is for ${kind} ${i}, which the model does not have`);
    found[port.name] = asDeclared(tensor, port.type);
  }
  return found;
}

function difference(name: string, got: HostTensor, want: HostTensor): string | undefined {
  if (got.type !== want.type) return `${name} is of type ${got.type}, should be ${want.type}`;
  if (!sameShape(got.shape, want.shape))
    return `${name} is ${formatShape(got.shape)}, should be ${formatShape(want.shape)}`;
  const isFloat = ["float", "double", "float16", "bfloat16"].includes(want.type);
  const mismatch = compare(got.data, want.data, isFloat ? ONNX_TOLERANCE : { rtol: 0, atol: 0 });
  return mismatch && `${name}, ${formatMismatch(mismatch)}`;
}

/** Imports the model for one data set, runs it and compares. */
async function runSet(device: Device, model: OnnxModel, files: CaseFiles, folder: string) {
  const values = await tensors(files, folder, "input", model.inputs);
  const wanted = await tensors(files, folder, "output", model.outputs);
  const imported = importOnnx(model, { values });
  const missing = imported.inputs.find(({ name }) => !values[name]);
  if (missing) throw new TandemError(`there is no value for input "${missing.name}"`);
  const wrong: string[] = [];
  const results: Record<string, HostTensor> = {};
  for (const { name, constant } of imported.outputs) if (constant) results[name] = constant;
  const { graph, parameters } = imported;
  if (graph.outputs.size > 0) {
    const program = await device.compile(graph);
    try {
      await program.setParameters(parameters);
      const feeds = imported.inputs.map(({ name }) => [name, toTensor(values[name] as HostTensor, name)] as const);
      const outputs = await program.run(Object.fromEntries(feeds));
      for (const { name, type } of imported.outputs) if (outputs[name]) results[name] = fromTensor(outputs[name], type);
    } finally {
      program.destroy();
    }
  }
  for (const [name, want] of Object.entries(wanted)) {
    const got = results[name];
    const what = got ? difference(name, got, want) : `${name} is missing`;
    if (what) wrong.push(what);
  }
  return { wrong, compared: Object.keys(wanted).length, folded: graph.outputs.size === 0 };
}

async function outcomeOf(device: Device, files: CaseFiles, folder: string, model: OnnxModel) {
  const sets = (await files.list(folder)).filter((name) => /^test_data_set_\d+$/.test(name));
  if (sets.length === 0) throw new TandemError("it has no test_data_set_* folder");
  let folded = true;
  for (const set of sets) {
    const result = await runSet(device, model, files, `${folder}/${set}`);
    if (result.compared === 0) throw new TandemError(`${set} has no output to compare with`);
    folded &&= result.folded;
    const where = sets.length > 1 ? `${set}: ` : "";
    if (result.wrong.length > 0)
      return { status: "failed", kind: "values", reason: where + result.wrong.join("; ") } as const;
  }
  return { status: "passed", ...(folded ? { folded } : {}) } as const;
}

/** Runs one case. Never throws for what is wrong with the case: that is its outcome. */
export async function runOnnxCase(device: Device, files: CaseFiles, { name, folder }: OnnxCase): Promise<OnnxOutcome> {
  let operators: readonly string[] = [];
  try {
    const path = `${folder}/model.onnx`;
    const externalData = async (file: string) => bytesSource(file, await files.read(`${folder}/${file}`));
    const model = await readOnnx(bytesSource(path, await files.read(path)), { externalData });
    operators = [...model.operators.keys()];
    const types = unsupportedTypes(model);
    if (types.length > 0)
      return { name, operators, status: "skipped", kind: "type", reason: `type ${types.join(", ")}` };
    return { name, operators, ...(await outcomeOf(device, files, folder, model)) };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const kind = error.name === "OnnxUnsupportedError" ? "unsupported" : "error";
    const reason = error instanceof TandemError ? error.message : `internal error: ${error.stack ?? error.message}`;
    return { name, operators, status: "failed", kind, reason };
  }
}
