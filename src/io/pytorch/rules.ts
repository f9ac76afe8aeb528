/** The names that a checkpoint's pickle may use, and the tensors that they make. Nothing else is called. */
import { FormatError } from "../../core/errors";
import type { ElementType } from "../tensors/elements";
import type { Global, Pickled, PickleRules } from "./pickle";

/** A type of number, by PyTorch's name; `type` is undefined for one that is not read. */
export class Dtype {
  constructor(
    readonly name: string,
    readonly type: ElementType | undefined,
  ) {}
}

/** Numbers that tensors look at, in a part of the file of their own. */
export class Storage {
  constructor(
    readonly dtype: Dtype,
    readonly key: string,
    /** Elements of `dtype`; bytes where that is not known. */
    readonly length: number,
  ) {}
}

/** A tensor as the pickle describes it: a view of a storage. Offset and strides count elements. */
export class TensorView {
  constructor(
    readonly storage: Storage,
    readonly dtype: Dtype,
    readonly offset: Pickled,
    readonly shape: readonly Pickled[],
    readonly strides: readonly Pickled[],
  ) {}
}

const DTYPES: Readonly<Record<string, ElementType | undefined>> = {
  float64: "f64",
  double: "f64",
  float32: "f32",
  float: "f32",
  float16: "f16",
  half: "f16",
  bfloat16: "bf16",
  int64: "i64",
  long: "i64",
  int32: "i32",
  int: "i32",
  int16: "i16",
  short: "i16",
  int8: "i8",
  uint8: "u8",
  uint16: "u16",
  uint32: "u32",
  uint64: "u64",
  bool: "bool",
  complex64: undefined,
  complex128: undefined,
  float8_e4m3fn: undefined,
  float8_e4m3fnuz: undefined,
  float8_e5m2: undefined,
  float8_e5m2fnuz: undefined,
  qint8: undefined,
  quint8: undefined,
  qint32: undefined,
};

/** Storages have a type of number in their name, or none. */
const STORAGES: Readonly<Record<string, string>> = {
  DoubleStorage: "float64",
  FloatStorage: "float32",
  HalfStorage: "float16",
  BFloat16Storage: "bfloat16",
  LongStorage: "int64",
  IntStorage: "int32",
  ShortStorage: "int16",
  CharStorage: "int8",
  ByteStorage: "uint8",
  BoolStorage: "bool",
  ComplexFloatStorage: "complex64",
  ComplexDoubleStorage: "complex128",
  QInt8Storage: "qint8",
  QUInt8Storage: "quint8",
  QInt32Storage: "qint32",
};

const UNTYPED = new Dtype("untyped", "u8");

const named = new Map<string, Dtype>(Object.entries(DTYPES).map(([name, type]) => [name, new Dtype(name, type)]));

/** Classes that a tensor may be rebuilt as. */
const TENSOR_CLASSES = new Set(["torch.Tensor", "torch._tensor.Tensor", "torch.nn.parameter.Parameter"]);

/** What `torch.device` and the like give: something that no tensor depends on. */
const INERT = Object.freeze({});

/** The rules for one file; `storages` collects what its tensors look at. */
export function checkpointRules(file: string): PickleRules {
  const fail = (detail: string) => new FormatError(file, detail);

  const tensor = (args: readonly Pickled[], dtype?: Pickled): TensorView => {
    const [storage, offset = null, shape, strides] = args;
    if (!(storage instanceof Storage)) throw fail("its pickle makes a tensor of what is no storage");
    if (!Array.isArray(shape) || !Array.isArray(strides))
      throw fail("its pickle makes a tensor without shape or strides");
    return new TensorView(storage, dtype instanceof Dtype ? dtype : storage.dtype, offset, shape, strides);
  };

  const first = ([value = null]: readonly Pickled[]): Pickled => value;

  /** A dictionary of pairs, if any are given. */
  const dictionary = ([pairs = []]: readonly Pickled[]): Map<Pickled, Pickled> => {
    if (pairs instanceof Map) return new Map(pairs);
    if (!Array.isArray(pairs) || !pairs.every((pair) => Array.isArray(pair) && pair.length === 2)) {
      throw fail("its pickle makes a dictionary of what are no pairs");
    }
    return new Map(pairs as [Pickled, Pickled][]);
  };

  const set = ([items = []]: readonly Pickled[]): Set<Pickled> => {
    if (!Array.isArray(items)) throw fail("its pickle makes a set of what is no list");
    return new Set(items);
  };

  /** `(function, class, its arguments, state)`: the state is what Python objects carry beside their numbers. */
  const fromType = ([, kind, args]: readonly Pickled[]): Pickled => {
    if (kind !== TENSOR_CLASS || !Array.isArray(args)) throw fail("its pickle makes a tensor of a class of its own");
    return tensor(args);
  };
  const TENSOR_CLASS = Object.freeze({ tensor: true });

  const calls: Readonly<Record<string, (args: readonly Pickled[]) => Pickled>> = {
    "collections.OrderedDict": dictionary,
    "builtins.set": set,
    "__builtin__.set": set,
    "torch.Size": first,
    "torch.device": () => INERT,
    "torch._utils._rebuild_tensor": (args) => tensor(args),
    "torch._utils._rebuild_tensor_v2": (args) => tensor(args),
    "torch._utils._rebuild_tensor_v3": (args) => tensor(args, args[6]),
    "torch._utils._rebuild_parameter": first,
    "torch._utils._rebuild_parameter_with_state": first,
    "torch._tensor._rebuild_from_type_v2": fromType,
  };

  const global = (name: string): Global | undefined => {
    const call = Object.hasOwn(calls, name) ? calls[name] : undefined;
    if (call) return { call };
    if (TENSOR_CLASSES.has(name)) return { value: TENSOR_CLASS };
    if (name === "torch.storage.UntypedStorage" || name === "torch.UntypedStorage") return { value: UNTYPED };
    const [, short = ""] = /^torch\.(\w+)$/.exec(name) ?? [];
    const dtype = named.get(Object.hasOwn(STORAGES, short) ? (STORAGES[short] as string) : short);
    return dtype ? { value: dtype } : undefined;
  };

  const persistent = (id: Pickled): Pickled => {
    const [kind, dtype, key, , length, view = null] = Array.isArray(id) ? id : [];
    if (kind !== "storage" || !(dtype instanceof Dtype))
      throw fail("its pickle refers to something that is no storage");
    if (typeof key !== "string" && typeof key !== "number") throw fail("its pickle refers to a storage without a name");
    if (!Number.isSafeInteger(length) || length < 0)
      throw fail("its pickle refers to a storage of a size that is no whole number");
    if (view !== null)
      throw fail("its storages are views of each other, as PyTorch wrote them before 0.4; save it again");
    return new Storage(dtype, String(key), length as number);
  };

  return { global, persistent };
}
