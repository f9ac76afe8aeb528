/** Compute pipelines, compiled asynchronously and kept: keyed by the whole text and its constants, never by hand. */
import { ShaderError } from "../core/errors";
import type { LinkedShader } from "../wgsl/link";
import type { Binding } from "../wgsl/reflect";

export interface Pipeline {
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
}

const keyOf = (shader: LinkedShader): string => `${JSON.stringify(shader.overrides)}\n${shader.code}`;

/** What the WGSL compiler says of a text, and where; lines and columns count from 1, and are 0 where it names none. */
export interface ShaderMessage {
  readonly type: "error" | "warning" | "info";
  readonly message: string;
  readonly line: number;
  readonly column: number;
  /** Characters that it speaks of. */
  readonly length: number;
}

/** The first error of a module's compilation, with its place; undefined when it compiled. */
async function compileError(file: string, module: GPUShaderModule): Promise<ShaderError | undefined> {
  const { messages } = await module.getCompilationInfo();
  const error = messages.find((message) => message.type === "error");
  return error && new ShaderError(file, error.message, error.lineNum || undefined);
}

export class PipelineCache {
  readonly #pipelines = new Map<string, Promise<Pipeline>>();
  readonly #modules = new Map<string, GPUShaderModule>();
  readonly #layouts = new Map<string, GPUBindGroupLayout>();

  constructor(readonly device: GPUDevice) {}

  /** How many pipelines are held. */
  get size(): number {
    return this.#pipelines.size;
  }

  /** The pipeline of `shader`, compiled unless it is there. @throws ShaderError with the file and line. */
  get(shader: LinkedShader, bindings: readonly Binding[]): Promise<Pipeline> {
    const key = keyOf(shader);
    let pipeline = this.#pipelines.get(key);
    if (!pipeline) {
      pipeline = this.#compile(shader, bindings);
      this.#pipelines.set(key, pipeline);
      // A failure is reported to whoever asked, and tried afresh next time.
      pipeline.catch(() => this.#pipelines.delete(key));
    }
    return pipeline;
  }

  /** Everything the compiler says of `code`; nothing is kept. */
  async diagnose(code: string): Promise<readonly ShaderMessage[]> {
    this.device.pushErrorScope("validation");
    const module = this.device.createShaderModule({ label: "diagnosed", code });
    const scope = this.device.popErrorScope();
    const { messages } = await module.getCompilationInfo();
    await scope;
    return messages.map(({ type, message, lineNum, linePos, length }) => ({
      type,
      message,
      line: lineNum,
      column: linePos,
      length,
    }));
  }

  #module(shader: LinkedShader): GPUShaderModule {
    let module = this.#modules.get(shader.code);
    if (!module) {
      module = this.device.createShaderModule({ label: shader.file, code: shader.code });
      this.#modules.set(shader.code, module);
    }
    return module;
  }

  #layout(bindings: readonly Binding[]): GPUBindGroupLayout {
    const key = bindings.map((binding) => `${binding.index}:${binding.kind}`).join(" ");
    let layout = this.#layouts.get(key);
    if (!layout) {
      // The visibility COMPUTE is written as its value, 4: Node has no GPUShaderStage global.
      const entries = bindings.map(({ index, kind }) => ({ binding: index, visibility: 4, buffer: { type: kind } }));
      layout = this.device.createBindGroupLayout({ label: key, entries });
      this.#layouts.set(key, layout);
    }
    return layout;
  }

  async #compile(shader: LinkedShader, bindings: readonly Binding[]): Promise<Pipeline> {
    const layout = this.#layout(bindings);
    this.device.pushErrorScope("validation");
    const module = this.#module(shader);
    const scope = this.device.popErrorScope();
    const compiling = this.device.createComputePipelineAsync({
      label: shader.file,
      layout: this.device.createPipelineLayout({ bindGroupLayouts: [layout] }),
      compute: { module, entryPoint: "main", constants: shader.overrides },
    });
    try {
      const [pipeline] = await Promise.all([compiling, scope]);
      return { pipeline, layout };
    } catch (error) {
      throw (
        (await compileError(shader.file, module)) ??
        new ShaderError(shader.file, error instanceof Error ? error.message : String(error))
      );
    }
  }
}
