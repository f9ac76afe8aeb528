/** What a task gets from the place it runs in, and what that place offers the command line. */

import type { ByteSource } from "../../io/source";

/** Where a task runs, for reports. */
export interface HostFacts {
  readonly name: "chrome" | "node";
  /** Of the browser, or of the npm package `webgpu`. */
  readonly version: string;
  /** The browser's WebGPU flags, or the Vulkan driver behind Dawn. */
  readonly flags: readonly string[];
}

export interface Progress {
  readonly done: number;
  readonly total: number;
  readonly what: string;
}

export interface DecodedImage {
  readonly width: number;
  readonly height: number;
  /** Four bytes a pixel, rows from the top, alpha not multiplied in. */
  readonly rgba: Uint8ClampedArray<ArrayBuffer>;
}

export interface TaskContext {
  readonly gpu: GPU;
  readonly host: HostFacts;
  /** A file, or an http(s) address, that the command line named. */
  read(path: string): Promise<Uint8Array<ArrayBuffer>>;
  /** As `read`, in parts: of a large file only what is wanted is read. */
  open(path: string): Promise<ByteSource>;
  /** Names of the files and folders in a folder that the command line named, sorted. */
  list(path: string): Promise<string[]>;
  /** Writes a file that the command line named, whole or not at all. */
  write(path: string, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  /** Whether the user has asked for an end: a long task then saves what it has and returns. */
  stopping(): boolean;
  progress(progress: Progress): void;
  /** Decodes PNG, JPEG or WebP. `name` is for the error. */
  decodeImage(bytes: Uint8Array<ArrayBuffer>, name: string): Promise<DecodedImage>;
}

/**
 * Work that needs a GPU: JSON in, JSON out. The argument type is each task's own; `never` here lets tasks of every
 * argument type stand in one table.
 */
export type Task = (args: never, context: TaskContext) => Promise<unknown>;

/** A place where tasks run: a browser, or this process. */
export interface Host {
  readonly name: "chrome" | "node";
  readonly facts: HostFacts;
  /** Runs a task. @throws the task's own error; DeviceLostError when the browser died. */
  call<T>(task: string, args: unknown, onProgress?: (progress: Progress) => void): Promise<T>;
  /** Asks the task that runs to save what it has and return. */
  stop(): Promise<void>;
  close(): Promise<void>;
}

export interface HostOptions {
  /** Files, folders and addresses that tasks may read. Nothing else can be read. */
  readonly files?: readonly string[];
  /** Files that tasks may write. */
  readonly outputs?: readonly string[];
  /** More folders for the page, by address prefix (`"/peers/"`): what it imports beyond its own build. */
  readonly folders?: Readonly<Record<string, string>>;
  /** `hardware` refuses a software adapter; `software` asks for none else; `auto` (unless told) takes the best there is. */
  readonly adapter?: "auto" | "hardware" | "software";
  /** Timestamps as exact as the GPU gives them (Chrome rounds them to 100 µs otherwise). For measuring. */
  readonly exactTimestamps?: boolean;
  /** How long a task may go without telling progress before it is given up; ten minutes unless told. */
  readonly silenceMs?: number;
}
