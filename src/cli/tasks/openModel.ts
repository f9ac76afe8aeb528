/**
 * Opens what a command is given as a model: a built-in one by its name, an ONNX file, or a file of weights that fit a
 * built-in one. Needs no GPU. Everything that `run`, `bench` and `inspect` must know of it comes from here.
 */
import { FormatError, TandemError, UnknownNameError } from "../../core/errors";
import { isOnnx } from "../../io/onnxSign";
import { openTensors } from "../../io/openTensors";
import type { TensorFile } from "../../io/tensors/tensorFile";
import { byParameter, misfits, readLabels, readWeights } from "../../io/weights";
import { type Model, models } from "../../models";
import { preprocessOf } from "../../models/preprocess";
import { choosePreprocess } from "./choosePreprocess";
import { commonLabels, type OpenContext, type OpenedModel, type OpenModelArgs } from "./opened";
import { openOnnxModel } from "./openOnnx";

const isBuiltIn = (name: string): name is keyof typeof models => Object.hasOwn(models, name);

/** Whether something is given as a file or an address, and not as a name. */
export const looksLikeFile = (model: string): boolean => !isBuiltIn(model) && /[./\\]/.test(model);

/** @throws UnknownNameError for what is neither a built-in model nor a file. */
export function checkModel(model: string): void {
  if (isBuiltIn(model) || looksLikeFile(model)) return;
  throw new UnknownNameError("model", model, [...Object.keys(models), "or a file: ONNX, safetensors, npz or pth"]);
}

/** The built-in models that weights fit, by names and shapes. Where several do, whose names they have decides. */
export function modelsFor(file: TensorFile): (keyof typeof models)[] {
  const fitting = (Object.keys(models) as (keyof typeof models)[]).filter((name) => {
    const model: Model = models[name];
    return misfits(model.build(), byParameter(file, model.weightNames)).length === 0;
  });
  const way = preprocessOf(file.entries.keys())?.way;
  return way === "caffe" && fitting.includes("alexnet-caffe") ? ["alexnet-caffe"] : fitting;
}

function modelFor(file: TensorFile): keyof typeof models {
  const [first, ...others] = modelsFor(file);
  if (first === undefined) {
    throw new FormatError(
      file.file,
      `holds ${file.entries.size} tensors, but says no network, and they fit none that is built in. An ONNX file says both`,
    );
  }
  if (others.length === 0) return first;
  const names = [first, ...others].join(", ");
  throw new TandemError(
    `${file.file} fits ${names}, which differ in more than their weights: say which, with --weights ${file.file}`,
  );
}

async function openBuiltIn(
  name: keyof typeof models,
  args: OpenModelArgs,
  weights: TensorFile | undefined,
  { progress }: OpenContext,
): Promise<OpenedModel> {
  const model: Model = models[name];
  const graph = model.build({ batch: args.batch });
  const foreign = weights ? [...weights.entries.keys()].filter((each) => !graph.parameters.has(each)) : [];
  const { recipe, choice } = choosePreprocess(model, args.preprocess, foreign);
  const own = weights ? await readLabels(weights) : undefined;
  const common = weights && model.labels.length === 0 ? await commonLabels(graph.outputs.get("logits")?.shape[1]) : [];
  return {
    model: { ...model, recipe },
    graph,
    picture: { input: "image", channelsLast: false },
    preprocess: choice,
    recipes: {},
    file: weights?.file,
    labels: own ?? (model.labels.length > 0 ? model.labels : common),
    readParameters: async () =>
      weights
        ? readWeights(graph, weights, model.weightNames, (done, total) =>
            progress({ done, total, what: `reading ${weights.file}` }),
          )
        : model.initialise(args.seed),
  };
}

/** A file of tensors, opened; undefined for what says a network. @throws UnknownNameError, FormatError. */
export async function openFile(what: string, { open }: OpenContext): Promise<TensorFile | undefined> {
  checkModel(what);
  if (isBuiltIn(what)) return undefined;
  const source = await open(what);
  return (await isOnnx(source)) ? undefined : openTensors(source);
}

/**
 * Opens a model. Its parameters are read when they are asked for.
 * @throws UnknownNameError, FormatError, and what importing an ONNX file throws
 */
export async function openModel(args: OpenModelArgs, context: OpenContext): Promise<OpenedModel> {
  checkModel(args.model);
  const { model, weights } = args;
  if (isBuiltIn(model)) {
    return openBuiltIn(
      model,
      args,
      weights === undefined ? undefined : await openTensors(await context.open(weights)),
      context,
    );
  }
  if (weights !== undefined) throw new TandemError(`${model} brings its own weights: --weights is for built-in models`);
  const source = await context.open(model);
  if (await isOnnx(source)) return openOnnxModel(source, args, context);
  const tensors = await openTensors(source);
  return openBuiltIn(modelFor(tensors), args, tensors, context);
}
