/** Tandem's public, browser-safe API. Only re-exports. */
export type { AxisGiven, Point } from "./bench/axes";
export type { Ceilings } from "./bench/ceilings";
export { rooflineSvg } from "./bench/charts/roofline";
export { sweepSvg, widestAxis } from "./bench/charts/sweep";
export { type Compared, type CompareOptions, type Comparison, compareResults, type Verdict } from "./bench/compare";
export { excerpt } from "./bench/diagnostics";
export type { AdapterFacts, Place } from "./bench/facts";
export { axesOf, opsWithAxes } from "./bench/families";
export { resultsCsv } from "./bench/formats/csv";
export { comparisonMarkdown, resultsMarkdown } from "./bench/formats/markdown";
export { DEFAULT_SETTINGS, type MeasureSettings } from "./bench/measure";
export type { OwnText } from "./bench/ownKernel";
export { type Failure, RESULTS_SCHEMA, type Results, type Row, readResults } from "./bench/results";
export { type BenchHooks, type BenchRequest, diagnoseOwn, runBench } from "./bench/run";
export { type Entry, opNamed, readSuite, type Suite, workloadNames } from "./bench/suite";
export { compare, formatMismatch, type Mismatch } from "./core/compare";
export type { DeviceFacts, Limits } from "./core/device";
export type { DType, TensorData } from "./core/dtype";
export * from "./core/errors";
export { fillNormal, hash, streamOf, uniform } from "./core/random";
export { formatShape, type Shape } from "./core/shape";
export { byteLength, f32, formatType, i32, Tensor, type TensorType } from "./core/tensor";
export { type CompileOptions, Device, type DeviceOptions, openDevice } from "./engine/device";
export { DeviceMesh, type MeshCompileOptions, type MeshOptions, openMesh } from "./engine/mesh";
export { type DeviceShare, MeshProgram, type TransferPlan } from "./engine/meshProgram";
export { Program } from "./engine/program";
export type { Compiler, Runnable, RunOptions } from "./engine/runnable";
export {
  chromeTrace,
  type DeviceSummary,
  type DispatchSpan,
  type MeshTrace,
  summarizeTrace,
  type TransferSpan,
} from "./engine/trace";
export { keepTuning, storedTuning, type TuningStore, tuningStore, useTuningStore } from "./engine/tuningStore";
export { addGradients } from "./graph/autodiff";
export { Graph, type Node, type Value } from "./graph/graph";
export { graphToDot, graphToJson, printGraph } from "./graph/print";
export {
  cifarDataset,
  folderDataset,
  GLYPHS,
  glyphDataset,
  type ImageDataset,
  idxDataset,
  photograph,
  renderGlyph,
  textDataset,
  textureDataset,
} from "./io/datasets";
export { type Picture, pictureGraph, planes } from "./io/image";
export { imagenetLabels } from "./io/labels/imagenet";
export { writeNpy } from "./io/npy";
export { writeNpz } from "./io/npz";
export {
  type ElementType as OnnxElementType,
  type ExportOptions,
  exportOnnx,
  type HostTensor,
  type ImportedOutput,
  type ImportedPort,
  type ImportOptions,
  importOnnx,
  type OnnxImport,
  type OnnxModel,
  type OnnxPort,
  type OnnxProblem,
  OnnxUnsupportedError,
  type ReadOnnxOptions,
  readOnnx,
} from "./io/onnx";
export { openTensors } from "./io/openTensors";
export { parseSafetensors, type Safetensors, writeSafetensors } from "./io/safetensors";
export { type ByteSource, blobSource, bytesSource, urlSource } from "./io/source";
export { type ElementType, FLOAT_TYPES, type FloatType } from "./io/tensors/elements";
export { readTensor, type TensorEntry, type TensorFile, type TensorFormat } from "./io/tensors/tensorFile";
export { readLabels, readWeights } from "./io/weights";
export { type Layout, type LayoutName, type LayoutRule, layouts } from "./layout/layout";
export { type PlacedGraph, placeGraph } from "./layout/place";
export { type ImageRecipe, type Model, models } from "./models";
export { type AttributesOf, type OpName, ops } from "./ops";
export type { AnyOp, Case, Cost, Kernel, Op, Problem } from "./ops/op";
export type { Progress } from "./runtime/executor";
export type { ShaderMessage } from "./runtime/pipelines";
export type { Profile, ProfileOptions, StepTimes } from "./runtime/profile";
export type { Plan, Step } from "./scheduler/plan";
export { schedule } from "./scheduler/schedule";
export { portable, type TimedCandidate, Tuning, type TuningEntry } from "./scheduler/tuning";
export { type Checkpoint, readCheckpoint, writeCheckpoint } from "./train/checkpoint";
export { diagnose, type Finding } from "./train/diagnosis";
export { checkGradients, type GradientCheck } from "./train/gradcheck";
export { type OptimizerSettings, optimizerSettings, RECIPE_2012 } from "./train/optimizer";
export type { Augmentation } from "./train/pictures";
export {
  averaged,
  judge,
  type PictureTask,
  type PictureTaskOptions,
  type Predictions,
  pictureTask,
} from "./train/pictureTask";
export { parseSchedule, type Schedule } from "./train/schedules";
export { classifierLoss, countedMasks, type LossGraph, lossGradients, trainingStep } from "./train/step";
export type { BatchAt, Programs, StepReport, Task } from "./train/task";
export { type TextTaskOptions, textTask } from "./train/textTask";
export { type LayerNorms, type Look, Trainer, type TrainerOptions } from "./train/trainer";
