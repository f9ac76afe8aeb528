/** Dropout: nothing in inference; in training a mask that is drawn once, from the node's seed. */
import { sizeOf } from "../../../core/shape";
import { FOLD_LIMIT } from "../fold";
import { filled, mul } from "../forms";
import { known, scalar } from "../held";
import type { Translate, Translations } from "../site";

const LENGTH = 624;

/**
 * Uniform numbers in [0, 1) of 53 bits by the Mersenne Twister (Matsumoto and Nishimura, 1998), as ONNX's reference
 * implementation draws them: a seed gives the mask that it gives there.
 */
function* uniforms(seed: number): Generator<number, never> {
  const state = new Uint32Array(LENGTH);
  state[0] = seed;
  for (let i = 1; i < LENGTH; i++) {
    const last = state[i - 1] as number;
    state[i] = Math.imul(1812433253, last ^ (last >>> 30)) + i;
  }
  let at = LENGTH;
  const next = (): number => {
    if (at === LENGTH) {
      for (let i = 0; i < LENGTH; i++) {
        const y = ((state[i] as number) & 0x80000000) | ((state[(i + 1) % LENGTH] as number) & 0x7fffffff);
        state[i] = (state[(i + 397) % LENGTH] as number) ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
      }
      at = 0;
    }
    let y = state[at++] as number;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  };
  for (;;) yield ((next() >>> 5) * 2 ** 26 + (next() >>> 6)) / 2 ** 53;
}

const dropout: Translate = (site) => {
  const input = site.need(0);
  const { shape } = input;
  const seed = site.int("seed", 0);
  const share = site.opset >= 12 ? (site.input(1) ? (site.values(1)[0] as number) : 0.5) : site.float("ratio", 0.5);
  if (site.opset < 7) site.ignore("is_test", "consumed_inputs");
  const training = site.opset >= 12 && site.input(2) !== undefined && site.values(2)[0] !== 0;
  if (!training || share === 0) return [input, ...(site.wants(1) ? [filled(site.b, shape, 1, "bool")] : [])];
  if (sizeOf(shape) > FOLD_LIMIT)
    site.refuse(`its mask would have ${sizeOf(shape)} numbers; we draw up to ${FOLD_LIMIT}`);
  const numbers = uniforms(seed);
  const data = Float64Array.from({ length: sizeOf(shape) }, () => (numbers.next().value >= share ? 1 : 0));
  const mask = known({ type: "bool", shape, data });
  const kept = mul(site.b, input, { ...mask, type: input.type });
  return [mul(site.b, kept, scalar(1 / (1 - share), input.type)), mask];
};

export const dropouts: Translations = { Dropout: dropout };
