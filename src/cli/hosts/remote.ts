/** Errors that cross from a page to the command line: as data there, as an error with the same name here. */
import { TandemError } from "../../core/errors";

/** An error as data. */
export interface ErrorData {
  readonly name: string;
  readonly message: string;
  readonly stack: string;
  /** Thrown on purpose: its message is for the user. Anything else is a bug, and its stack is wanted. */
  readonly known: boolean;
}

/** What a page answers to a call. */
export type Answer = { readonly value: unknown } | { readonly error: ErrorData };

export function errorData(error: unknown): ErrorData {
  if (!(error instanceof Error)) return { name: "Error", message: String(error), stack: "", known: false };
  return { name: error.name, message: error.message, stack: error.stack ?? "", known: error instanceof TandemError };
}

/** A refusal that happened in a page; `name` is that of the error there. */
export class RemoteError extends TandemError {
  constructor(data: ErrorData) {
    super(data.message);
    this.name = data.name;
    this.stack = data.stack || `${data.name}: ${data.message}`;
  }
}

/** Makes an error of the data, such that a refusal stays a refusal and a bug stays a bug. */
export function fromData(data: ErrorData): Error {
  if (data.known) return new RemoteError(data);
  const error = new Error(data.message);
  error.name = data.name;
  error.stack = data.stack || `${data.name}: ${data.message}`;
  return error;
}
