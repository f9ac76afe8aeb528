/** Turns a kernel's dispatch into a planned one: text linked, uniform packed, every binding resolved and within limits. */
import type { DeviceFacts } from "../core/device";
import { BindingError, LimitError } from "../core/errors";
import type { Dispatch, Range } from "../ops/op";
import { link } from "../wgsl/link";
import { type Binding, packStruct, reflect } from "../wgsl/reflect";
import type { PlannedBinding, PlannedDispatch, PlannedTensor } from "./plan";

/** Buffers are bound in whole vec4s, so that a kernel may read its tensors as such; slots are as large. */
export const BINDING_ALIGNMENT = 16;

export const roundUp = (value: number, multiple: number): number => Math.ceil(value / multiple) * multiple;

type Tensors = Readonly<Record<string, PlannedTensor>>;

function resolve(file: string, binding: Binding, dispatch: Dispatch, tensors: Tensors): PlannedBinding {
  const given: string | Range = dispatch.bindings?.[binding.name] ?? binding.name;
  const name = typeof given === "string" ? given : given.tensor;
  const tensor = tensors[name];
  if (!tensor) {
    throw new BindingError(
      file,
      `binding "${binding.name}" wants tensor "${name}", but the kernel has ${Object.keys(tensors).join(", ")}`,
    );
  }
  const whole = roundUp(tensor.byteLength, BINDING_ALIGNMENT);
  const byteOffset = typeof given === "string" ? 0 : given.byteOffset;
  const byteLength =
    typeof given === "string" ? whole : Math.min(roundUp(given.byteLength, BINDING_ALIGNMENT), whole - byteOffset);
  if (byteOffset < 0 || byteLength <= 0 || byteOffset + byteLength > whole) {
    throw new BindingError(
      file,
      `binding "${binding.name}" wants bytes ${byteOffset} to ${byteOffset + byteLength} of ${whole} of "${name}"`,
    );
  }
  return { ...binding, tensor: tensor.id, byteOffset, byteLength };
}

function checkLimits(
  where: string,
  dispatch: Dispatch,
  bindings: readonly PlannedBinding[],
  { limits }: DeviceFacts,
): void {
  for (const extent of dispatch.workgroups) {
    if (!Number.isInteger(extent) || extent < 1) {
      throw new BindingError(dispatch.shader.file, `${where} asks for ${dispatch.workgroups.join(" × ")} workgroups`);
    }
    if (extent > limits.maxComputeWorkgroupsPerDimension) {
      throw new LimitError("maxComputeWorkgroupsPerDimension", limits.maxComputeWorkgroupsPerDimension, extent, where);
    }
  }
  for (const binding of bindings) {
    if (binding.kind !== "uniform" && binding.byteLength > limits.maxStorageBufferBindingSize) {
      const what = `${where}, binding "${binding.name}",`;
      throw new LimitError("maxStorageBufferBindingSize", limits.maxStorageBufferBindingSize, binding.byteLength, what);
    }
  }
  const storage = bindings.filter((binding) => binding.kind !== "uniform").length;
  if (storage > limits.maxStorageBuffersPerShaderStage) {
    throw new LimitError("maxStorageBuffersPerShaderStage", limits.maxStorageBuffersPerShaderStage, storage, where);
  }
}

/**
 * @param where names the node and kernel, for errors
 * @param tensors the node's inputs, outputs and scratch by the names its kernel uses
 * @throws BindingError, ShaderError, LimitError
 */
export function bind(where: string, dispatch: Dispatch, tensors: Tensors, device: DeviceFacts): PlannedDispatch {
  const { file } = dispatch.shader;
  const shader = link(dispatch.shader, dispatch.constants);
  const { bindings: declared, params } = reflect(file, shader.code);
  const storage = new Set(declared.filter((binding) => binding.kind !== "uniform").map((binding) => binding.name));
  for (const name of Object.keys(dispatch.bindings ?? {})) {
    if (!storage.has(name))
      throw new BindingError(file, `there is no binding "${name}"; there are ${[...storage].join(", ")}`);
  }
  let uniform: ArrayBuffer | undefined;
  if (params) {
    uniform = new ArrayBuffer(roundUp(params.byteLength, BINDING_ALIGNMENT));
    packStruct(file, params, dispatch.params ?? {}, new DataView(uniform));
  } else if (dispatch.params && Object.keys(dispatch.params).length > 0) {
    throw new BindingError(file, "was given params, but declares no uniform");
  }
  const bindings = declared.map(
    (binding): PlannedBinding =>
      binding.kind === "uniform"
        ? { ...binding, tensor: undefined, byteOffset: 0, byteLength: uniform?.byteLength ?? 0 }
        : resolve(file, binding, dispatch, tensors),
  );
  for (const written of bindings.filter((binding) => binding.kind === "storage")) {
    const other = bindings.find((binding) => binding !== written && binding.tensor === written.tensor);
    if (other)
      throw new BindingError(file, `"${written.name}" writes the tensor that "${other.name}" is bound to as well`);
  }
  checkLimits(where, dispatch, bindings, device);
  return { shader, bindings, uniform, workgroups: dispatch.workgroups };
}
