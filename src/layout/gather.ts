/** Writes down, in a placed graph, how a part of a value comes to a device: slices, transfers, sums and concatenations. */
import { GraphError } from "../core/errors";
import type { Graph, Value } from "../graph/graph";
import { ops } from "../ops";
import type { AnyOp, Named } from "../ops/op";
import { transfer } from "./crossing";
import { keyOf, type Lying, normalized, type PartRange, type Piece, routeTo } from "./lying";

/** What the gatherer was told to leave of values in transit. */
export interface Transport {
  /** Tensors of floats travel as halves. */
  readonly half: boolean;
}

export interface Crossing {
  readonly channel: number;
  readonly from: number;
  readonly to: number;
  readonly value: Value;
  /** What it is a part of, in the graph that was placed. */
  readonly name: string;
}

/** A value's place in a placed graph while that is written. */
export interface Place extends Lying<Value> {
  readonly copies: Piece<Value>[];
  addends: Piece<Value>[];
}

export class Gatherer {
  readonly crossings: Crossing[] = [];
  readonly #known = new Map<string, Value>();
  readonly #numbers = new Map<Value, number>();
  readonly #names = new Set<string>();

  constructor(
    readonly graph: Graph,
    readonly transport: Transport,
  ) {}

  /** Adds a node on `device` under a name that is free. */
  add(op: AnyOp, inputs: Named<Value>, attributes: Readonly<Record<string, unknown>>, name: string, device: number) {
    return this.graph.add(op, inputs, attributes, this.free(`${name}@${device}`), device);
  }

  /** `name`, or with a number behind it when it is taken. */
  free(name: string): string {
    let unique = name;
    for (let i = 2; this.#names.has(unique); i++) unique = `${name} (${i})`;
    this.#names.add(unique);
    return unique;
  }

  /** What was made of `key` before, or what `make` makes. */
  #once(values: readonly Value[], key: string, make: () => Value): Value {
    const numbers = values.map((value) => {
      const number = this.#numbers.get(value) ?? this.#numbers.size;
      this.#numbers.set(value, number);
      return number;
    });
    const whole = `${key} ${numbers.join(" ")}`;
    const value = this.#known.get(whole) ?? make();
    this.#known.set(whole, value);
    return value;
  }

  /** `range` of `piece`, which holds it, on the piece's own device. */
  slice(piece: Piece<Value>, range: PartRange, name: string): Value {
    if (!range || keyOf(range) === keyOf(piece.range)) return piece.value;
    const first = piece.range?.axis === range.axis ? piece.range.start : 0;
    const [start, end] = [range.start - first, range.end - first];
    if (start === 0 && end === piece.value.shape[range.axis]) return piece.value;
    const attributes = { starts: [start], ends: [end], axes: [range.axis] };
    return this.#once([piece.value], `slice ${keyOf({ axis: range.axis, start, end })}`, () => {
      const label = `${name}[${range.start}:${range.end}]`;
      return this.add(ops.slice, { input: piece.value }, attributes, label, piece.device).output as Value;
    });
  }

  /** `value`, which lies on `from`, on `to`. */
  carry(value: Value, from: number, to: number, name: string, exact: boolean): Value {
    if (from === to) return value;
    const half = this.transport.half && !exact && value.type.dtype === "f32";
    return this.#once([value], `carry ${to} ${half}`, () => {
      const packed = half ? this.#once([value], "pack", () => this.#pack(value, from, name)) : value;
      const channel = this.crossings.length;
      const label = `${name} ${from}→${to}`;
      const arrived = this.add(transfer, { input: packed }, { from, to, channel }, label, to).output as Value;
      this.crossings.push({ channel, from, to, value: packed, name });
      if (!half) return arrived;
      const shape = { shape: value.shape };
      return this.add(ops.unpackHalf, { input: arrived }, shape, `${name} unpacked`, to).output as Value;
    });
  }

  #pack(value: Value, device: number, name: string): Value {
    return this.add(ops.packHalf, { input: value }, {}, `${name} packed`, device).output as Value;
  }

  /**
   * `wanted` of a value on `device`; what was gathered is remembered as one more copy.
   * @param exact whether it may not be rounded on its way
   */
  bring(place: Place, device: number, range: PartRange, name: string, exact = false): Value {
    const wanted = normalized(range, place.type.shape);
    const route = routeTo(place, device, wanted);
    if (!route) throw new GraphError(`"${name}" lies on no device`);
    const parts = route.stretches.map((stretch) => {
      const carried = stretch.pieces.map((piece) => {
        const own = normalized(stretch.range, place.type.shape);
        const along = this.slice(piece, own, name);
        // A piece of another axis than the one wanted is cut a second time.
        const held = { device: piece.device, range: own, value: along };
        const cut = wanted && wanted.axis !== own?.axis ? this.slice({ ...held, range: null }, wanted, name) : along;
        return this.carry(cut, piece.device, device, name, exact);
      });
      return carried.reduce((a, b) =>
        this.#once(
          [a, b],
          `add ${device}`,
          () => this.add(ops.add, { a, b }, {}, `${name} sum`, device).output as Value,
        ),
      );
    });
    const value =
      parts.length === 1
        ? (parts[0] as Value)
        : this.#once(parts, `concat ${route.axis} ${device}`, () => {
            const inputs = Object.fromEntries(parts.map((part, i) => [`input${i}`, part]));
            return this.add(ops.concat, inputs, { axis: route.axis }, `${name} gathered`, device).output as Value;
          });
    if (!place.copies.some((copy) => copy.device === device && keyOf(copy.range) === keyOf(wanted))) {
      place.copies.push({ device, range: wanted, value });
    }
    return value;
  }
}
