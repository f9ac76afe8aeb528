/**
 * A reader of Python's pickles that builds plain containers and tensors, and nothing else. A pickle is a program for a
 * stack machine (Lib/pickletools.py describes every instruction), and `GLOBAL`, `REDUCE` and their kin let it call any
 * function there is. Here names are looked up in a list; what is not in it becomes an inert mark, and when the program has
 * run, the file is refused with the names of all that it asked for.
 */
import { FormatError } from "../../core/errors";
import { shownName } from "../tensors/elements";
import { PickleBytes, PickleEnd } from "./pickleBytes";

/** What a pickle may hold: dictionaries are Maps, tuples and lists arrays; `object` is what an allowed call gave. */
export type Pickled = null | boolean | number | bigint | string | object;

/** What stands behind a name that a pickle may use: a call, or a value that calls know. */
export type Global = { readonly call: (args: readonly Pickled[]) => Pickled } | { readonly value: object };

export interface PickleRules {
  /** By module and name, `collections.OrderedDict`; undefined for what is refused. */
  global(name: string): Global | undefined;
  /** What a persistent id, a tuple of the writer's own, stands for. */
  persistent(id: Pickled): Pickled;
}

/** A name that is refused, and whatever a call of it would have given. */
const REFUSED = Object.freeze({ refused: true });

const MARK = Object.freeze({ mark: true });

/** A function that may be called. */
class Callable {
  constructor(readonly call: (args: readonly Pickled[]) => Pickled) {}
}

/** Names listed before the rest is only counted. */
const SHOWN = 12;

/** A tensor takes about sixty instructions; each may make an object, so their number bounds the memory. */
const MAX_STEPS = 2_000_000;

/** Runs one pickle that begins at `start`; `end` is where the next one would. @throws FormatError, PickleEnd. */
export function readPickle(
  file: string,
  bytes: Uint8Array<ArrayBuffer>,
  rules: PickleRules,
  start = 0,
): { readonly value: Pickled; readonly end: number } {
  return new Machine(file, new PickleBytes(file, bytes, start), rules).run();
}

class Machine {
  readonly #stack: Pickled[] = [];
  readonly #memo = new Map<number, Pickled>();
  readonly #refused = new Set<string>();

  constructor(
    readonly file: string,
    readonly bytes: PickleBytes,
    readonly rules: PickleRules,
  ) {}

  run(): { value: Pickled; end: number } {
    try {
      for (let steps = 0; ; steps++) {
        if (steps > MAX_STEPS) throw this.#fail(`it has more than ${MAX_STEPS} instructions`);
        const code = this.bytes.u8();
        if (code === STOP) break;
        this.#step(code);
      }
      const value = this.#pop();
      if (this.#refused.size > 0) throw this.#refusal();
      return { value, end: this.bytes.position };
    } catch (error) {
      // What goes wrong behind a refused call follows from that.
      if (this.#refused.size > 0 && !(error instanceof PickleEnd)) throw this.#refusal();
      throw error;
    }
  }

  #refusal(): FormatError {
    const names = [...this.#refused];
    const more = names.length > SHOWN ? ` and ${names.length - SHOWN} more` : "";
    return new FormatError(
      this.file,
      `its pickle asks for ${names.slice(0, SHOWN).map(shownName).join(", ")}${more}, which is refused and was not called: ` +
        "only tensors in plain containers are read. Save the model's state_dict() and nothing else",
    );
  }

  #fail(detail: string): FormatError {
    return new FormatError(this.file, `its pickle cannot be read: ${detail} (byte ${this.bytes.position})`);
  }

  #push(value: Pickled): void {
    this.#stack.push(value);
  }

  #pop(): Pickled {
    const top = this.#stack.pop();
    if (top === undefined || top === MARK) throw this.#fail("an instruction finds nothing on the stack");
    return top;
  }

  /** The top, left where it is. */
  #top(): Pickled {
    const top = this.#pop();
    this.#push(top);
    return top;
  }

  /** All above the last mark, which goes too. */
  #marked(): Pickled[] {
    const at = this.#stack.lastIndexOf(MARK);
    if (at < 0) throw this.#fail("an instruction finds no mark on the stack");
    const items = this.#stack.splice(at);
    items.shift();
    return items;
  }

  #tuple(count: number): void {
    this.#push(Array.from({ length: count }, () => this.#pop()).reverse());
  }

  #put(index: number): void {
    this.#memo.set(index, this.#top());
  }

  #get(index: number): void {
    const value = this.#memo.get(index);
    if (value === undefined) throw this.#fail(`an instruction asks for an object that was not made`);
    this.#push(value);
  }

  #append(items: readonly Pickled[]): void {
    const list = this.#top();
    if (list === REFUSED) return;
    if (!Array.isArray(list)) throw this.#fail("an instruction appends to what is no list");
    for (const item of items) list.push(item);
  }

  #setItems(items: readonly Pickled[]): void {
    const map = this.#top();
    if (map === REFUSED) return;
    if (!(map instanceof Map) || items.length % 2 !== 0)
      throw this.#fail("an instruction sets items of what is no dictionary");
    for (let i = 0; i < items.length; i += 2) map.set(items[i], items[i + 1]);
  }

  #addItems(items: readonly Pickled[]): void {
    const set = this.#top();
    if (set === REFUSED) return;
    if (!(set instanceof Set)) throw this.#fail("an instruction adds to what is no set");
    for (const item of items) set.add(item);
  }

  #global(module: Pickled, name: Pickled): Pickled {
    if (typeof module !== "string" || typeof name !== "string") throw this.#fail("a name is no text");
    const full = `${module}.${name}`;
    const found = this.rules.global(full);
    if (found === undefined) {
      this.#refused.add(full.slice(0, 200));
      return REFUSED;
    }
    return "call" in found ? new Callable(found.call) : found.value;
  }

  #call(callee: Pickled, args: Pickled): void {
    if (callee === REFUSED || args === REFUSED) {
      this.#push(REFUSED);
      return;
    }
    if (!(callee instanceof Callable)) throw this.#fail("an instruction calls what is no function");
    if (!Array.isArray(args)) throw this.#fail("an instruction calls a function without a tuple of arguments");
    this.#push(args.includes(REFUSED) ? REFUSED : callee.call(args));
  }

  /** Calls what lies below a tuple of arguments. */
  #callTop(): void {
    const args = this.#pop();
    this.#call(this.#pop(), args);
  }

  /** Attributes of an object. Ordered dictionaries have some that only PyTorch needs; nothing else may have any. */
  #build(): void {
    this.#pop();
    const object = this.#top();
    if (object !== REFUSED && !(object instanceof Map))
      throw this.#fail("an instruction sets the attributes of an object");
  }

  #number(text: string): void {
    if (text === "00" || text === "01") this.#push(text === "01");
    else if (/^-?\d{1,18}L?$/.test(text)) this.#push(Number.parseInt(text, 10));
    else throw this.#fail("a number is none");
  }

  #step(code: number): void {
    const value = VALUES[code];
    if (value) {
      this.#push(value(this.bytes));
      return;
    }
    const letter = String.fromCharCode(code);
    const act = Object.hasOwn(this.#instructions, letter) ? this.#instructions[letter] : undefined;
    if (!act) throw this.#fail(`0x${code.toString(16)} is no instruction that is read`);
    act();
  }

  /** Instructions by their codes, those that only put a value on the stack left out. */
  readonly #instructions: Readonly<Record<string, () => void>> = {
    "(": () => this.#push(MARK),
    "0": () => this.#pop(),
    "1": () => this.#marked(),
    "2": () => this.#push(this.#top()),
    I: () => this.#number(this.bytes.line()),
    L: () => this.#number(this.bytes.line()),
    a: () => this.#append([this.#pop()]),
    e: () => this.#append(this.#marked()),
    s: () => this.#setItems([this.#pop(), this.#pop()].reverse()),
    u: () => this.#setItems(this.#marked()),
    "\x90": () => this.#addItems(this.#marked()),
    "\x91": () => this.#push(new Set(this.#marked())),
    l: () => this.#push(this.#marked()),
    t: () => this.#push(this.#marked()),
    d: () => {
      const items = this.#marked();
      this.#push(new Map());
      this.#setItems(items);
    },
    "\x85": () => this.#tuple(1),
    "\x86": () => this.#tuple(2),
    "\x87": () => this.#tuple(3),
    p: () => this.#put(Number(this.bytes.line())),
    q: () => this.#put(this.bytes.u8()),
    r: () => this.#put(this.bytes.u32()),
    "\x94": () => this.#put(this.#memo.size),
    g: () => this.#get(Number(this.bytes.line())),
    h: () => this.#get(this.bytes.u8()),
    j: () => this.#get(this.bytes.u32()),
    c: () => this.#push(this.#global(this.bytes.line(), this.bytes.line())),
    "\x93": () => {
      const name = this.#pop();
      this.#push(this.#global(this.#pop(), name));
    },
    R: () => this.#callTop(),
    "\x81": () => this.#callTop(),
    "\x92": () => {
      const named = this.#pop();
      if (!(named instanceof Map && named.size === 0)) throw this.#fail("a function is called by named arguments");
      this.#callTop();
    },
    i: () => {
      const callee = this.#global(this.bytes.line(), this.bytes.line());
      this.#call(callee, this.#marked());
    },
    o: () => {
      const [callee = null, ...args] = this.#marked();
      this.#call(callee, args);
    },
    b: () => this.#build(),
    P: () => this.#push(this.rules.persistent(this.bytes.line())),
    Q: () => {
      const id = this.#pop();
      this.#push(Array.isArray(id) && id.includes(REFUSED) ? REFUSED : this.rules.persistent(id));
    },
    "\x80": () => {
      const protocol = this.bytes.u8();
      if (protocol > 5) throw this.#fail(`it is of protocol ${protocol}; up to 5 are read`);
    },
    "\x95": () => this.bytes.skip(8),
  };
}

const STOP = ".".charCodeAt(0);

const at = (code: string): number => code.charCodeAt(0);

/** Instructions that only put a value on the stack. */
const VALUES: Readonly<Record<number, (bytes: PickleBytes) => Pickled>> = {
  [at("N")]: () => null,
  [at("\x88")]: () => true,
  [at("\x89")]: () => false,
  [at("J")]: (bytes) => bytes.i32(),
  [at("K")]: (bytes) => bytes.u8(),
  [at("M")]: (bytes) => bytes.u16(),
  [at("\x8a")]: (bytes) => bytes.integer(bytes.u8()),
  [at("\x8b")]: (bytes) => bytes.integer(bytes.u32()),
  [at("F")]: (bytes) => Number(bytes.line()),
  [at("G")]: (bytes) => bytes.f64(),
  [at("S")]: (bytes) => bytes.line().replace(/^(['"])(.*)\1$/s, "$2"),
  [at("T")]: (bytes) => bytes.text(bytes.u32(), "latin1"),
  [at("U")]: (bytes) => bytes.text(bytes.u8(), "latin1"),
  [at("V")]: (bytes) => bytes.line(),
  [at("X")]: (bytes) => bytes.text(bytes.u32()),
  [at("\x8c")]: (bytes) => bytes.text(bytes.u8()),
  [at("\x8d")]: (bytes) => bytes.text(bytes.u64()),
  [at("B")]: (bytes) => bytes.raw(bytes.u32()),
  [at("C")]: (bytes) => bytes.raw(bytes.u8()),
  [at("\x8e")]: (bytes) => bytes.raw(bytes.u64()),
  [at("\x96")]: (bytes) => bytes.raw(bytes.u64()),
  [at("]")]: () => [],
  [at(")")]: () => [],
  [at("}")]: () => new Map(),
  [at("\x8f")]: () => new Set(),
};
