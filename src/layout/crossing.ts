/**
 * What carries tensors between devices. `transfer` stands in a placed graph, where both devices are seen; each device's own
 * graph has a `send` or a `receive` in its place, and the numbers of channels say which belong together.
 */

import { ShapeError } from "../core/errors";
import { formatShape } from "../core/shape";
import { formatType, type TensorType } from "../core/tensor";
import { AttributeReader } from "../ops/attributes";
import { defineOp, type Named } from "../ops/op";

export interface TransferAttributes {
  readonly from: number;
  readonly to: number;
  /** Unique in its graph. */
  readonly channel: number;
}

export interface ChannelAttributes {
  readonly channel: number;
}

export interface ReceiveAttributes extends ChannelAttributes {
  readonly shape: readonly number[];
  readonly dtype: "f32" | "i32";
}

const same = ({ input }: Named<TensorType>): TensorType[] => [input as TensorType];
const nothing = () => ({ flops: 0, bytes: 0 });
const exact = () => ({ rtol: 0, atol: 0 });
const copy = ({ input }: Named<Float64Array>) => ({ output: input as Float64Array });
const unasked = { kernels: [], cases: [], random: () => ({ inputs: {} }) };

export const transfer = defineOp<TransferAttributes>({
  name: "transfer",
  family: "layout",
  summary: "a tensor carried from one device to another",
  inputs: [{ name: "input", dtype: "any" }],
  outputs: ["output"],
  attributes: (given) => {
    const read = new AttributeReader("transfer", given);
    const attributes = {
      from: read.int("from", undefined, 0),
      to: read.int("to", undefined, 0),
      channel: read.int("channel", undefined, 0),
    };
    read.done();
    return attributes;
  },
  infer: same,
  cost: nothing,
  reference: copy,
  tolerance: exact,
  crossing: "over",
  ...unasked,
});

export const send = defineOp<ChannelAttributes>({
  name: "send",
  family: "layout",
  summary: "a tensor that leaves this device",
  inputs: [{ name: "input", dtype: "any" }],
  outputs: ["output"],
  attributes: (given) => {
    const read = new AttributeReader("send", given);
    const attributes = { channel: read.int("channel", undefined, 0) };
    read.done();
    return attributes;
  },
  infer: same,
  cost: nothing,
  reference: copy,
  tolerance: exact,
  crossing: "out",
  ...unasked,
});

export const receive = defineOp<ReceiveAttributes>({
  name: "receive",
  family: "layout",
  summary: "a tensor that comes from another device",
  inputs: [],
  outputs: ["output"],
  attributes: (given) => {
    const read = new AttributeReader("receive", given);
    const attributes = {
      channel: read.int("channel", undefined, 0),
      shape: read.ints("shape", undefined, 1),
      dtype: read.choice("dtype", ["f32", "i32"], "f32"),
    };
    read.done();
    return attributes;
  },
  infer: (_, { shape, dtype }) => [{ shape, dtype }],
  cost: nothing,
  reference: (_, { outputs, attributes }) => {
    const type = formatType(outputs.output as TensorType);
    throw new ShapeError(
      { op: "receive" },
      "input",
      "on another device",
      `${type} of channel ${attributes.channel}, ${formatShape(attributes.shape)}`,
    );
  },
  tolerance: exact,
  crossing: "in",
  ...unasked,
});
