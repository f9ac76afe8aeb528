/** An ONNX file as a model that pictures can be shown to: which input they are, and which output says the classes. */
import { TandemError } from "../../core/errors";
import { formatShape, type Shape } from "../../core/shape";
import type { Graph, Node, Value } from "../../graph/graph";
import { importOnnx, type OnnxImport, type OnnxModel, type OnnxPort, readOnnx } from "../../io/onnx";
import { runsAs } from "../../io/onnx/types";
import type { ByteSource } from "../../io/source";
import { type Model, models } from "../../models";
import { PREPROCESS, type PreprocessName, preprocessOf, recolour } from "../../models/preprocess";
import { choosePreprocess } from "./choosePreprocess";
import { commonLabels, type OpenContext, type OpenedModel, type OpenModelArgs, type PreprocessChoice } from "./opened";

/** The size that a network is given where its file leaves it open: ImageNet's. */
const USUAL_SIZE = 224;

/** Whether an input can be a picture: 3 channels or 1, before the extents or behind them. */
function isPicture(shape: OnnxPort["shape"]): shape is NonNullable<OnnxPort["shape"]> {
  return shape?.length === 4 && (isChannels(shape[1]) || isChannels(shape[3]));
}

const isChannels = (extent: unknown): boolean => extent === 3 || extent === 1;

/** A picture's input with nothing left open: the batch that is wanted, and the usual size. */
function bindPicture(
  { name, shape }: OnnxPort,
  batch: number,
  dims: Readonly<Record<string, number>>,
  file: string,
): Record<string, Shape> {
  if (!isPicture(shape)) return {};
  if (typeof shape[0] === "number" && shape[0] !== batch) {
    throw new TandemError(
      `${file} takes ${shape[0]} pictures at once, as it was made: --batch ${batch} does not fit it`,
    );
  }
  const bound = (extent: string | number | null): number => {
    if (typeof extent === "number") return extent;
    return (extent !== null && Object.hasOwn(dims, extent) ? dims[extent] : undefined) ?? USUAL_SIZE;
  };
  return { [name]: shape.map((extent, axis) => (axis === 0 ? batch : bound(extent))) };
}

/** Opens another file that a model keeps tensors in, by its path from the model's folder. */
const beside =
  (model: string, open: OpenContext["open"]) =>
  (path: string): Promise<ByteSource> =>
    open(model.replace(/[^/\\]*$/, "") + path);

/** Reads the file and what it keeps in others. @throws FormatError. */
export const readOnnxModel = (source: ByteSource, { open }: OpenContext): Promise<OnnxModel> =>
  readOnnx(source, { externalData: beside(source.name, open) });

/** Shapes of the inputs that are pictures, for a batch. */
const inputShapes = (
  { inputs, file }: OnnxModel,
  batch: number,
  dims: Readonly<Record<string, number>> = {},
): Record<string, Shape> => Object.assign({}, ...inputs.map((port) => bindPicture(port, batch, dims, file)));

const producers = (graph: Graph): Map<Value, Node> =>
  new Map(graph.nodes.flatMap((node) => Object.values(node.outputs).map((value) => [value, node] as const)));

/** Ops that hand numbers on as they are. */
const SAME_NUMBERS = new Set(["reshape", "flatten", "identity", "dropout", "squeeze", "unsqueeze"]);

/** Whether a value comes out of a softmax. */
function isProbability(value: Value, made: ReadonlyMap<Value, Node>): boolean {
  const node = made.get(value);
  if (!node) return false;
  if (node.op.name === "softmax") return true;
  const [input] = Object.values(node.inputs);
  return SAME_NUMBERS.has(node.op.name) && input !== undefined && isProbability(input, made);
}

/** Adds the output `probabilities`, batch × classes, which classifiers are asked for; gives the number of classes. */
function addProbabilities(graph: Graph): number | undefined {
  if (graph.outputs.has("probabilities")) return graph.outputs.get("probabilities")?.shape.at(-1);
  const [value] = graph.outputs.values();
  const [batch, classes] = value?.shape ?? [];
  const flat =
    value?.type.dtype === "f32" && value.shape.length >= 2 && value.shape.slice(2).every((extent) => extent === 1);
  if (!value || !flat || batch === undefined || classes === undefined || classes < 2) return undefined;
  const input =
    value.shape.length === 2 ? value : graph.apply("reshape", { input: value }, { shape: [batch, classes] });
  graph.output(
    "probabilities",
    isProbability(value, producers(graph)) ? input : graph.apply("softmax", { input }, { axis: 1 }),
  );
  return classes;
}

interface Pictures {
  readonly picture: OpenedModel["picture"];
  readonly recipe: Model["recipe"];
  readonly preprocess: PreprocessChoice;
}

/** Which colours a network of others' takes: as the user says, as names or the file's maker tell, or by a guess. */
function chooseWay(model: OnnxModel, names: readonly string[], wanted: PreprocessName | undefined) {
  if (wanted !== undefined) return { way: wanted, because: "as --preprocess says" };
  const sign = preprocessOf([...names, ...model.inputs.map(({ name }) => name)]);
  if (sign) return sign;
  if (/tf2onnx|keras|tflite/i.test(model.producer))
    return { way: "tensorflow" as const, because: `it was made by ${model.producer}` };
  return { way: "torchvision" as const, because: "a guess: nothing in the file tells" };
}

/** How pictures become the input of a model. One of ours that went out comes back with its own recipe. */
function picturesFor(
  model: OnnxModel,
  { graph, parameters, inputs }: OnnxImport,
  wanted: PreprocessName | undefined,
  ours: Model | undefined,
): Pictures {
  const [port, ...others] = inputs;
  const [, a = 0, b = 0, c = 0] = port?.shape ?? [];
  const channelsLast = !isChannels(a);
  const [size, width, channels] = channelsLast ? [a, b, c] : [b, c, a];
  const takes = port && others.length === 0 && isPicture(port.shape) && size === width && graph.inputs.has(port.name);
  const picture = takes ? { input: port.name, channelsLast } : undefined;
  if (ours) {
    const { recipe, choice } = choosePreprocess(ours, wanted, []);
    return { picture, recipe, preprocess: choice };
  }
  const grey = {
    resize: Math.round((size * 256) / USUAL_SIZE),
    size,
    channels: "grey" as const,
    scale: 255,
    mean: [0],
    deviation: [1],
  };
  if (channels === 1) {
    return { picture, recipe: grey, preprocess: { says: "grey from 0 to 1", because: "it has one channel" } };
  }
  const { way, because } = chooseWay(model, Object.keys(parameters), wanted);
  return { picture, recipe: recolour(grey, way), preprocess: { says: PREPROCESS[way].says, because } };
}

/** Booleans are 0 or 1. So are whole numbers: they may be places in a table, and few tables have less than two rows. */
const recipesFor = (inputs: OnnxImport["inputs"]): OpenedModel["recipes"] =>
  Object.fromEntries(
    inputs
      .filter(({ type }) => type === "bool" || runsAs(type) === "i32")
      .map(({ name }) => [name, { kind: "integers", min: 0, max: 1 }]),
  );

/** The built-in model that a file was written from. */
const ourModel = ({ producer }: OnnxModel, { name }: Graph): Model | undefined =>
  /^tandem\b/.test(producer) && Object.hasOwn(models, name) ? models[name as keyof typeof models] : undefined;

/** Opens a model. @throws FormatError, and OnnxUnsupportedError with all that we do not have. */
export async function openOnnxModel(
  source: ByteSource,
  { batch, preprocess, dims }: OpenModelArgs,
  context: OpenContext,
): Promise<OpenedModel> {
  const model = await readOnnxModel(source, context);
  const imported = importOnnx(model, { shapes: inputShapes(model, batch, dims), ...(dims ? { dims } : {}) });
  const { graph, parameters, inputs } = imported;
  const ours = ourModel(model, graph);
  const { picture, recipe, preprocess: choice } = picturesFor(model, imported, preprocess, ours);
  const classes = picture ? addProbabilities(graph) : undefined;
  const summary = [
    `ONNX${model.producer ? ` by ${model.producer}` : ""}`,
    `operator set ${model.opsets[""] ?? "unknown"}`,
    ...inputs.map(({ name, shape }) => `${name} ${formatShape(shape)}`),
  ].join(", ");
  const labels = ours && ours.labels.length > 0 ? ours.labels : await commonLabels(classes);
  const refuse = (what: string): never => {
    throw new TandemError(`${source.name}: a model out of an ONNX file ${what}`);
  };
  return {
    model: {
      name: source.name,
      summary,
      recipe,
      labels,
      weightNames: {},
      build: ({ masks } = {}) => (masks ? refuse("is run, not trained") : graph),
      initialise: () => refuse("has no random weights"),
    },
    graph,
    picture,
    preprocess: choice,
    recipes: recipesFor(inputs),
    file: source.name,
    labels,
    readParameters: async () => parameters,
  };
}
