/** Gives the inputs of a model their shapes: what it declares, with the free extents bound. */
import { TandemError } from "../../core/errors";
import type { OnnxModel, OnnxPort } from "./read";
import type { HostTensor } from "./tensors";

export interface ImportOptions {
  /** Extents of free axes, by the name that the file gives them. One called after a batch is 1 unless told. */
  readonly dims?: Readonly<Record<string, number>>;
  /** Whole shapes of inputs, by the input's name. They go before `dims`. */
  readonly shapes?: Readonly<Record<string, readonly number[]>>;
  /**
   * Values of inputs. They are used where a node needs them before a run, such as the shape that a Reshape gives: then the
   * input is none of the graph's any more. An input of which only the shape is needed stays one.
   */
  readonly values?: Readonly<Record<string, HostTensor>>;
}

/** The extent of an axis that is free in the file, if anything says what it is. */
function bound(dim: string | null, axis: number, dims: Readonly<Record<string, number>>): number | undefined {
  if (dim !== null && Object.hasOwn(dims, dim)) return dims[dim];
  const isBatch = axis === 0 && (dim === null || /batch|^n$|^b$|^none$|^\?$|^-1$|unk/i.test(dim));
  return isBatch || (dim !== null && /batch/i.test(dim)) ? 1 : undefined;
}

function shapeOf({ name, shape }: OnnxPort, options: ImportOptions, wanted: string[]): number[] {
  const given = options.shapes?.[name];
  const valued = given ? undefined : options.values?.[name];
  if (valued) return [...valued.shape];
  if (given) {
    const fits =
      !shape ||
      (given.length === shape.length && given.every((e, i) => typeof shape[i] !== "number" || shape[i] === e));
    if (!fits)
      wanted.push(`input "${name}" is ${show(shape)} in the file, which does not fit the shape [${given.join(", ")}]`);
    return [...given];
  }
  if (!shape) wanted.push(`input "${name}" has no shape in the file: give it one`);
  return (shape ?? []).map((dim, axis) => {
    const extent = typeof dim === "number" ? dim : bound(dim, axis, options.dims ?? {});
    if (extent === undefined)
      wanted.push(
        `axis ${axis} of input "${name}", ${show(shape)}, is free: give ${dim === null ? "the input a shape" : `"${dim}" a number`}`,
      );
    else if (!Number.isSafeInteger(extent) || extent < 0)
      wanted.push(`axis ${axis} of input "${name}" is ${extent}, which is no extent`);
    return extent ?? 1;
  });
}

const show = (shape: OnnxPort["shape"]): string => `[${(shape ?? []).map((dim) => dim ?? "?").join(", ")}]`;

/** Shapes of all inputs, by name. @throws TandemError listing every axis that is free and was not bound. */
export function inputShapes({ file, inputs }: OnnxModel, options: ImportOptions): Record<string, number[]> {
  const wanted: string[] = [];
  const shapes = inputs.map((port) => [port.name, shapeOf(port, options, wanted)] as const);
  const strays = Object.keys(options.shapes ?? {}).filter((name) => !inputs.some((port) => port.name === name));
  for (const name of strays)
    wanted.push(`there is no input "${name}"; there are: ${inputs.map((port) => port.name).join(", ")}`);
  if (wanted.length > 0) throw new TandemError(`${file}: ${wanted.join("; ")}`);
  return Object.fromEntries(shapes);
}
