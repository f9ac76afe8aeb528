/** What an ONNX model asks for that we do not have, all of it in one error. */
import { TandemError } from "../../core/errors";

/** One thing that stands in the way: which node, which operator, what about it. */
export interface OnnxProblem {
  /** Name of the node, or of its first output where it has none. */
  readonly node: string;
  readonly operator: string;
  readonly reason: string;
}

const SHOWN = 40;

/** A model that cannot run here. Every operator and attribute that is in the way is listed, with its node. */
export class OnnxUnsupportedError extends TandemError {
  constructor(
    readonly model: string,
    readonly problems: readonly OnnxProblem[],
  ) {
    const lines = problems
      .slice(0, SHOWN)
      .map(({ node, operator, reason }) => `  ${operator} (node "${node}"): ${reason}`);
    const more = problems.length > SHOWN ? `\n  … ${problems.length} in all` : "";
    super(`${model} asks for what we do not have:\n${lines.join("\n")}${more}`);
  }
}

/** Thrown while a node is translated; becomes an `OnnxProblem`. */
export class Unsupported extends TandemError {}

/** A node that is wrong by the standard, or does not fit its inputs. */
export class OnnxError extends TandemError {
  constructor(
    readonly model: string,
    readonly node: string,
    detail: string,
    options?: ErrorOptions,
  ) {
    super(`${model}: node "${node}": ${detail}`, options);
  }
}
