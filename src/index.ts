/** Tandem's public, browser-safe API. Only re-exports. */
export { compare, formatMismatch, type Mismatch } from "./core/compare";
export type { DeviceFacts, Limits } from "./core/device";
export type { DType, TensorData } from "./core/dtype";
export * from "./core/errors";
export { formatShape, type Shape } from "./core/shape";
export { byteLength, f32, formatType, i32, Tensor, type TensorType } from "./core/tensor";
export { type CompileOptions, Device, type DeviceOptions, openDevice } from "./engine/device";
export { Program, type RunOptions } from "./engine/program";
export { Graph, type Node, type Value } from "./graph/graph";
export { graphToDot, graphToJson, printGraph } from "./graph/print";
export { type AttributesOf, type OpName, ops } from "./ops";
export type { AnyOp, Case, Cost, Kernel, Op, Problem } from "./ops/op";
export type { Profile, Progress, StepTimes } from "./runtime/executor";
export type { Plan, Step } from "./scheduler/plan";
export { schedule } from "./scheduler/schedule";
