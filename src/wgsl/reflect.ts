/**
 * What a shader's text says of itself: bindings, the layout of its uniform, its workgroup size. The only place that
 * knows `wgsl_reflect`. The text is the one declaration of these facts; TypeScript supplies values by name.
 */
import { type MemberInfo, type StructInfo, WgslReflect } from "wgsl_reflect";
import { BindingError, ShaderError } from "../core/errors";

export type BindingKind = "read-only-storage" | "storage" | "uniform";

export interface Binding {
  readonly name: string;
  readonly index: number;
  readonly kind: BindingKind;
}

/** A field of the uniform struct. */
export interface Field {
  readonly name: string;
  readonly byteOffset: number;
  readonly scalar: "f32" | "i32" | "u32";
  /** Numbers in one element: 3 for a vec3. */
  readonly components: number;
  /** Elements of an array, 1 otherwise. */
  readonly count: number;
  /** Bytes from one element of an array to the next. */
  readonly byteStride: number;
}

export interface StructLayout {
  readonly name: string;
  readonly byteLength: number;
  readonly fields: ReadonlyMap<string, Field>;
}

export interface Reflection {
  readonly bindings: readonly Binding[];
  /** The uniform struct, if the shader has one. */
  readonly params: StructLayout | undefined;
}

const ENTRY_POINT = "main";

type Type = MemberInfo["type"];

function scalarOf(file: string, field: string, type: Type): Pick<Field, "scalar" | "components"> {
  const vector = /^vec([234])(?:<(\w+)>|([fiu]))?$/.exec(type.name);
  const format = (type as { format?: Type }).format;
  const name = vector
    ? (vector[2] ?? format?.name ?? { f: "f32", i: "i32", u: "u32" }[vector[3] ?? "f"] ?? "")
    : type.name;
  if (name !== "f32" && name !== "i32" && name !== "u32") {
    throw new ShaderError(
      file,
      `the uniform's field "${field}" is of type ${type.name}; f32, i32, u32, vectors and arrays of them are supported`,
    );
  }
  return { scalar: name, components: vector ? Number(vector[1]) : 1 };
}

function fieldOf(file: string, member: MemberInfo): Field {
  const type = member.type as Type & { format?: Type; count?: number; stride?: number };
  const isArray = type.name === "array";
  const element = isArray ? type.format : type;
  if (!element) throw new ShaderError(file, `the uniform's field "${member.name}" is an array of unknown element`);
  const shape = scalarOf(file, member.name, element);
  return {
    name: member.name,
    byteOffset: member.offset,
    ...shape,
    count: isArray ? (type.count ?? 0) : 1,
    byteStride: isArray ? (type.stride ?? 0) : 0,
  };
}

function layoutOf(file: string, struct: StructInfo): StructLayout {
  const fields = struct.members.map((member) => fieldOf(file, member));
  return { name: struct.name, byteLength: struct.size, fields: new Map(fields.map((field) => [field.name, field])) };
}

/** An entry point's size; the parser knows numbers and names there, but no arithmetic, and nobody asks it. */
const WORKGROUP_SIZE = /@workgroup_size\s*\((?:[^()]|\([^()]*\))*\)/g;

/** Facts of the entry point `main` of `code`. @throws ShaderError when it has none, or binds what kernels may not. */
export function reflect(file: string, code: string): Reflection {
  let reflected: WgslReflect;
  try {
    reflected = new WgslReflect(code.replace(WORKGROUP_SIZE, "@workgroup_size(1)"));
  } catch (error) {
    throw new ShaderError(file, `cannot be parsed: ${error instanceof Error ? error.message : String(error)}`);
  }
  const entry = reflected.entry.compute.find((candidate) => candidate.name === ENTRY_POINT);
  if (!entry) throw new ShaderError(file, `has no @compute entry point named "${ENTRY_POINT}"`);
  const bindings: Binding[] = [];
  for (const variable of [...reflected.storage, ...reflected.uniforms]) {
    if (variable.group !== 0)
      throw new ShaderError(file, `"${variable.name}" is in bind group ${variable.group}; kernels use group 0`);
    const kind = variable.access === "read_write" ? "storage" : "read-only-storage";
    const isUniform = reflected.uniforms.includes(variable);
    bindings.push({ name: variable.name, index: variable.binding, kind: isUniform ? "uniform" : kind });
  }
  const uniform = reflected.uniforms[0];
  if (reflected.uniforms.length > 1)
    throw new ShaderError(file, "has more than one uniform; kernels have one, named params");
  bindings.sort((a, b) => a.index - b.index);
  return { bindings, params: uniform ? layoutOf(file, uniform.type as StructInfo) : undefined };
}

/**
 * Writes `values` into `target` as the struct `layout` lays them out, field by field by name.
 * @throws BindingError for a field left out, a name that is not a field, or a wrong count of numbers.
 */
export function packStruct(
  file: string,
  layout: StructLayout,
  values: Readonly<Record<string, number | readonly number[]>>,
  target: DataView,
  byteOffset = 0,
): void {
  for (const name of Object.keys(values)) {
    if (!layout.fields.has(name)) {
      throw new BindingError(
        file,
        `${layout.name} has no field "${name}"; it has ${[...layout.fields.keys()].join(", ")}`,
      );
    }
  }
  for (const field of layout.fields.values()) {
    const given = values[field.name];
    if (given === undefined)
      throw new BindingError(file, `no value was given for the field "${field.name}" of ${layout.name}`);
    const numbers = typeof given === "number" ? [given] : given;
    const wanted = field.components * field.count;
    if (numbers.length !== wanted) {
      throw new BindingError(
        file,
        `the field "${field.name}" of ${layout.name} takes ${wanted} numbers, but got ${numbers.length}`,
      );
    }
    numbers.forEach((number, i) => {
      const at =
        byteOffset +
        field.byteOffset +
        Math.floor(i / field.components) * field.byteStride +
        (i % field.components) * 4;
      if (field.scalar === "f32") target.setFloat32(at, number, true);
      else if (field.scalar === "i32") target.setInt32(at, number, true);
      else target.setUint32(at, number, true);
    });
  }
}
