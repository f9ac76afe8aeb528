/**
 * How the work of an op is cut into parts that devices do side by side: which range of each input a part reads, and which
 * range of the outputs it gives. An op says so beside its other facts; one that says nothing is never cut.
 */
/** Indices from `start` up to, not including, `end` along an axis. */
export interface Span {
  readonly axis: number;
  readonly start: number;
  readonly end: number;
}

/** What a part gives of an output. */
export interface Given extends Span {
  /** Elements before `start` that the part computes too, from neighbours it reads, and that are cut off. */
  readonly skip?: number;
  /** The part's numbers are addends: what lies there is the sum over all parts. */
  readonly addend?: true;
}

/** One part of a problem. */
export interface Part {
  /** The range of each input that is read; an input that is not listed is read whole. */
  readonly inputs: Readonly<Record<string, Span>>;
  /** The range of each output that is given; `sum` when every part gives addends of the whole. */
  readonly outputs: Readonly<Record<string, Given | "sum">>;
  /** Attributes that differ from the whole problem's. */
  readonly attributes?: Readonly<Record<string, unknown>>;
  /** What the part's outputs are multiplied by, where each part is a mean of its own. */
  readonly factor?: number;
}

/** One way of cutting a problem. */
export interface Cut {
  /** By samples, by the units (or channels) of a layer, or along an axis that is neither. */
  readonly along: "batch" | "units" | "axis";
  /** How much there is to cut: parts begin and end at whole numbers up to this. */
  readonly extent: number;
  /** The part from `start` up to `end`; undefined where no part can begin and end so. */
  part(start: number, end: number): Part | undefined;
}
