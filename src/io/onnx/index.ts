/** ONNX models: read, translated into graphs, and written. Only re-exports. */
export type { ImportOptions } from "./dims";
export { type ExportOptions, exportOnnx } from "./export/export";
export { type ImportedOutput, type ImportedPort, importOnnx, type OnnxImport } from "./import";
export { type OnnxProblem, OnnxUnsupportedError } from "./problems";
export { type OnnxModel, type OnnxPort, type ReadOnnxOptions, readOnnx } from "./read";
export { fromTensor, type HostTensor, readTensorFile, toTensor } from "./tensors";
export { type ElementType, UNSUPPORTED_TYPES } from "./types";
