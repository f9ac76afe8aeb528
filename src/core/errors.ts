/**
 * Every error the engine throws on purpose. Each is a class with fields, so that a caller can act on it, and its message
 * names what was wrong, what came and what was wanted. Anything else that escapes is a bug.
 */

/** Base of all errors thrown on purpose; `instanceof TandemError` tells a refusal from a bug. */
export class TandemError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** Where in a graph an error belongs: the op, and the node's name once there is one. */
export interface Where {
  readonly op: string;
  readonly node?: string;
}

const place = (where: Where): string => (where.node ? `${where.op} (node "${where.node}")` : where.op);

/** An input whose shape does not fit its op: which argument, the shape that came, the shape that was wanted. */
export class ShapeError extends TandemError {
  constructor(
    readonly where: Where,
    readonly argument: string,
    readonly got: string,
    readonly wanted: string,
  ) {
    super(`${place(where)}: ${argument} is ${got}, but should be ${wanted}`);
  }
  /** The same error, placed at a node. */
  at(node: string): ShapeError {
    return new ShapeError({ op: this.where.op, node }, this.argument, this.got, this.wanted);
  }
}

/** An attribute with a value the op cannot take, or a name it does not know. */
export class AttributeError extends TandemError {
  constructor(
    readonly where: Where,
    readonly attribute: string,
    readonly got: string,
    readonly wanted: string,
  ) {
    super(`${place(where)}: attribute "${attribute}" is ${got}, but should be ${wanted}`);
  }
  /** The same error, placed at a node. */
  at(node: string): AttributeError {
    return new AttributeError({ op: this.where.op, node }, this.attribute, this.got, this.wanted);
  }
}

/** A tensor holding a value its op cannot take, such as an index beyond the table. */
export class ValueError extends TandemError {
  constructor(
    readonly where: Where,
    readonly argument: string,
    readonly got: string,
    readonly wanted: string,
  ) {
    super(`${place(where)}: ${argument} holds ${got}, but should hold ${wanted}`);
  }
}

/** A name that is not there: an input, a parameter, an op, a model, a layer. `known` is listed in the message. */
export class UnknownNameError extends TandemError {
  constructor(
    readonly what: string,
    readonly got: string,
    readonly known: readonly string[],
  ) {
    const shown = known.length > 24 ? `${known.slice(0, 24).join(", ")}, … (${known.length} in all)` : known.join(", ");
    super(`no ${what} is named "${got}"; there ${known.length === 1 ? "is" : "are"}: ${shown || "none"}`);
  }
}

/** A graph put together wrongly (a value of another graph, a name given twice, no outputs). */
export class GraphError extends TandemError {}

/** No kernel of an op can run a problem on this device: the reason of each kernel is in the message. */
export class UnsupportedError extends TandemError {
  constructor(
    readonly where: Where,
    readonly reasons: Readonly<Record<string, string>>,
  ) {
    const list = Object.entries(reasons).map(([kernel, reason]) => `${kernel}: ${reason}`);
    super(`${place(where)}: no kernel can run this here. ${list.join("; ")}`);
  }
}

/** A layout that does not fit a graph, or a mesh: which layer, and why. */
export class LayoutError extends TandemError {
  constructor(
    readonly layout: string,
    readonly layer: string | undefined,
    detail: string,
  ) {
    super(`layout "${layout}"${layer === undefined ? "" : `, layer "${layer}"`}: ${detail}`);
  }
}

/** A need beyond what the device offers. */
export class LimitError extends TandemError {
  constructor(
    readonly limit: string,
    readonly has: number,
    readonly needs: number,
    readonly what: string,
  ) {
    super(`${what} needs ${limit} of ${needs}, but the device offers ${has}`);
  }
}

/** WGSL that does not compile, or cannot be linked or specialised. */
export class ShaderError extends TandemError {
  constructor(
    readonly shader: string,
    detail: string,
    readonly line?: number,
  ) {
    super(`shader ${shader}${line === undefined ? "" : `, line ${line}`}: ${detail}`);
  }
}

/** Bindings or uniform fields that do not match what the shader declares. */
export class BindingError extends TandemError {
  constructor(
    readonly shader: string,
    detail: string,
  ) {
    super(`shader ${shader}: ${detail}`);
  }
}

/** A GPU operation that failed validation or ran out of memory; names the step that asked for it. */
export class GpuError extends TandemError {
  constructor(
    readonly kind: "validation" | "out-of-memory" | "internal",
    readonly what: string,
    detail: string,
  ) {
    super(`${what}: GPU ${kind} error: ${detail}`);
  }
}

/** The device was lost; whoever waits on it gets this. */
export class DeviceLostError extends TandemError {
  constructor(
    readonly device: string,
    readonly reason: string,
    detail: string,
  ) {
    super(
      `the GPU device "${device}" was lost (${reason})${detail ? `: ${detail}` : ""}. Open a new device and run again.`,
    );
  }
}

/** No WebGPU, no browser, or no adapter. The message says what to do. */
export class NoAdapterError extends TandemError {}

/** A file that is not what it says it is: which file, what is wrong, what was expected. */
export class FormatError extends TandemError {
  constructor(
    readonly file: string,
    detail: string,
  ) {
    super(`${file}: ${detail}`);
  }
}
