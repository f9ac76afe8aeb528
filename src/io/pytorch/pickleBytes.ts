/** The bytes of a pickle, read forwards: numbers, lines and texts. Every length is checked against what is left. */
import { FormatError } from "../../core/errors";

/** The pickle goes on beyond the bytes that are there. */
export class PickleEnd extends FormatError {
  constructor(file: string) {
    super(file, "its pickle is truncated");
  }
}

/** Longer whole numbers are none that a checkpoint has: they would only take time. */
const MAX_INTEGER_BYTES = 64;

export class PickleBytes {
  readonly #view: DataView;

  constructor(
    readonly file: string,
    readonly bytes: Uint8Array<ArrayBuffer>,
    public position: number,
  ) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Moves on by `length` bytes; gives where they begin. */
  skip(length: number): number {
    const from = this.position;
    if (from + length > this.bytes.length) throw new PickleEnd(this.file);
    this.position += length;
    return from;
  }

  u8 = (): number => this.#view.getUint8(this.skip(1));
  u16 = (): number => this.#view.getUint16(this.skip(2), true);
  i32 = (): number => this.#view.getInt32(this.skip(4), true);
  u32 = (): number => this.#view.getUint32(this.skip(4), true);
  /** Rounded beyond 2^53, where it is a length beyond the end in any case. */
  u64 = (): number => Number(this.#view.getBigUint64(this.skip(8), true));
  /** The one number that pickles write big-endian. */
  f64 = (): number => this.#view.getFloat64(this.skip(8), false);

  /** A signed whole number of `length` bytes; a bigint only where a number would not be exact. */
  integer(length: number): number | bigint {
    if (length > MAX_INTEGER_BYTES)
      throw new FormatError(this.file, `its pickle has a whole number of ${length} bytes`);
    const from = this.skip(length);
    let value = 0n;
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(this.bytes[from + i] as number);
    const signed = length === 0 ? 0n : BigInt.asIntN(8 * length, value);
    return Number.isSafeInteger(Number(signed)) ? Number(signed) : signed;
  }

  raw(length: number): Uint8Array<ArrayBuffer> {
    const from = this.skip(length);
    return this.bytes.slice(from, from + length);
  }

  text(length: number, encoding = "utf-8"): string {
    const from = this.skip(length);
    return new TextDecoder(encoding).decode(this.bytes.subarray(from, from + length));
  }

  /** To the end of the line, which is left out. */
  line(): string {
    const end = this.bytes.indexOf(0x0a, this.position);
    if (end < 0) throw new PickleEnd(this.file);
    const text = this.text(end - this.position);
    this.position = end + 1;
    return text;
  }
}
