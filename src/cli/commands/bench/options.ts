/** The options of `tandem bench`, and readers of those that are more than a number. */
import type { TensorType } from "../../../core/tensor";
import { UsageError } from "../../exit";
import type { HostName } from "../onHost";

export interface Options {
  readonly host: HostName;
  readonly runs?: number;
  readonly budget: number;
  readonly json?: string;
  readonly batch: number;
  readonly image?: string;
  readonly weights?: string;
  readonly seed?: number;
  readonly check: boolean;
  readonly train?: true;
  readonly baseline?: string;
  readonly case?: string;
  readonly kernel?: string;
  readonly input?: Record<string, TensorType>;
  readonly set?: Record<string, unknown>;
}

export const collect =
  <T>(read: (text: string) => T, wanted: string) =>
  (text: string, before: Record<string, T> = {}): Record<string, T> => {
    const at = text.indexOf("=");
    if (at < 1) throw new UsageError(`"${text}" should be ${wanted}`);
    return { ...before, [text.slice(0, at)]: read(text.slice(at + 1)) };
  };

/** `1x3x224x224`, with `i32:` before it for integers. */
export function readType(text: string): TensorType {
  const [, dtype = "f32", shape = ""] = /^(?:(f32|i32):)?(\d+(?:x\d+)*)$/.exec(text) ?? [];
  if (!shape) throw new UsageError(`"${text}" should be a shape such as 1x3x224x224, or i32:10`);
  return { dtype: dtype as "f32" | "i32", shape: shape.split("x").map(Number) };
}

export function readValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
