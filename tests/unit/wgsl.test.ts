/** Linking, specialising, reflecting and packing: text to facts. */
import { describe, expect, test } from "vitest";
import { link } from "../../src/wgsl/link";
import { packStruct, reflect } from "../../src/wgsl/reflect";

const source = (code: string, lib: string[] = []) => ({ file: "test.wgsl", code, lib });

describe("link", () => {
  test("an override becomes a pipeline constant, a const is replaced in the text", () => {
    const linked = link(source("override TILE: u32 = 8u;\nconst ROWS: u32 = 4u;\nconst SCALE: f32 = 1.5;\n"), {
      TILE: 16,
      ROWS: 2,
      SCALE: 3,
    });
    expect(linked.overrides).toEqual({ TILE: 16 });
    expect(linked.code).toBe("override TILE: u32 = 8u;\nconst ROWS: u32 = 2u;\nconst SCALE: f32 = 3.0;\n");
  });

  test("nothing else in the text changes", () => {
    const code = "const ROWS: u32 = 4u;\nfn f() { let ROWS_2 = ROWS; var x = array<f32, ROWS>(); }\n";
    expect(link(source(code), { ROWS: 8 }).code).toBe(code.replace("4u", "8u"));
  });

  test("directives of any file come first, once", () => {
    const linked = link(source("fn a() {}", ["enable f16;\nfn b() {}", "enable f16;\nfn c() {}"]));
    expect(linked.code.startsWith("enable f16;")).toBe(true);
    expect(linked.code.match(/enable f16/g)).toHaveLength(1);
  });

  test("an unknown constant names the file and the constant", () => {
    expect(() => link(source("const A: u32 = 1u;"), { B: 1 })).toThrow(/test\.wgsl.*"B"/);
  });
});

const UNIFORM = `
struct Params { count: u32, alpha: f32, offset: i32, size: vec3<u32>, strides: array<vec4<u32>, 2> }
@group(0) @binding(0) var<storage, read> input: array<vec4<f32>>;
@group(0) @binding(2) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> output: array<f32>;
@compute @workgroup_size(1) fn main() { output[0] = input[0].x * params.alpha; }`;

describe("reflect", () => {
  test("bindings come by index with their kinds", () => {
    expect(reflect("test.wgsl", UNIFORM).bindings).toEqual([
      { name: "input", index: 0, kind: "read-only-storage" },
      { name: "output", index: 1, kind: "storage" },
      { name: "params", index: 2, kind: "uniform" },
    ]);
  });

  test("a shader without an entry point, or that cannot be parsed, is refused by file", () => {
    expect(() => reflect("test.wgsl", "fn f() {}")).toThrow(/test\.wgsl.*entry point named "main"/);
    expect(() => reflect("test.wgsl", "struct {")).toThrow(/test\.wgsl/);
  });
});

describe("packStruct", () => {
  const layout = reflect("test.wgsl", UNIFORM).params;
  if (!layout) throw new Error("the shader has a uniform");
  const values = { count: 7, alpha: 0.5, offset: -3, size: [1, 2, 3], strides: [1, 2, 3, 4, 5, 6, 7, 8] };

  test("fields go to the offsets that WGSL gives them", () => {
    const view = new DataView(new ArrayBuffer(layout.byteLength));
    packStruct("test.wgsl", layout, values, view);
    expect(layout.byteLength).toBe(64);
    expect(view.getUint32(0, true)).toBe(7);
    expect(view.getFloat32(4, true)).toBe(0.5);
    expect(view.getInt32(8, true)).toBe(-3);
    expect([16, 20, 24].map((at) => view.getUint32(at, true))).toEqual([1, 2, 3]);
    expect([32, 44, 48, 60].map((at) => view.getUint32(at, true))).toEqual([1, 4, 5, 8]);
  });

  test("a missing field, an unknown field and a wrong count are refused by name", () => {
    const view = new DataView(new ArrayBuffer(layout.byteLength));
    const { alpha: _, ...rest } = values;
    expect(() => packStruct("test.wgsl", layout, rest, view)).toThrow(/"alpha"/);
    expect(() => packStruct("test.wgsl", layout, { ...values, beta: 1 }, view)).toThrow(/no field "beta"/);
    expect(() => packStruct("test.wgsl", layout, { ...values, size: [1, 2] }, view)).toThrow(
      /"size" of Params takes 3 numbers, but got 2/,
    );
  });
});
