/**
 * The binary version of CIFAR (A. Krizhevsky, www.cs.toronto.edu/~kriz/cifar.html): records without a header, each a
 * label (CIFAR-100: the coarse label, then the fine one) and 32 × 32 pixels as planes of red, green and blue.
 */
import { FormatError } from "../../core/errors";
import type { ByteSource } from "../source";
import { readAll } from "./bytes";
import { checkIndex, checkRead, type ImageDataset } from "./dataset";

const SIDE = 32;
const PIXELS = 3 * SIDE * SIDE;

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

const TEN = words("airplane automobile bird cat deer dog frog horse ship truck");

const COARSE = words(`
  aquatic_mammals fish flowers food_containers fruit_and_vegetables household_electrical_devices household_furniture
  insects large_carnivores large_man-made_outdoor_things large_natural_outdoor_scenes large_omnivores_and_herbivores
  medium_mammals non-insect_invertebrates people reptiles small_mammals trees vehicles_1 vehicles_2`);

const FINE = words(`
  apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly camel can castle
  caterpillar cattle chair chimpanzee clock cloud cockroach couch crab crocodile cup dinosaur dolphin elephant flatfish
  forest fox girl hamster house kangaroo keyboard lamp lawn_mower leopard lion lizard lobster man maple_tree motorcycle
  mountain mouse mushroom oak_tree orange orchid otter palm_tree pear pickup_truck pine_tree plain plate poppy porcupine
  possum rabbit raccoon ray road rocket rose sea seal shark shrew skunk skyscraper snail snake spider squirrel streetcar
  sunflower sweet_pepper table tank telephone television tiger tractor train trout tulip turtle wardrobe whale
  willow_tree wolf woman worm`);

/** Bytes of labels before the pixels, which of them is meant, and the classes. */
const LAYOUTS = {
  "cifar-10": { labels: 1, at: 0, classes: TEN },
  "cifar-100": { labels: 2, at: 1, classes: FINE },
  "cifar-100-coarse": { labels: 2, at: 0, classes: COARSE },
} as const;

export interface CifarOptions {
  readonly name?: string;
  /** `data_batch_1.bin` to `data_batch_5.bin`, or `test_batch.bin`; CIFAR-100: `train.bin` or `test.bin`. */
  readonly files: readonly ByteSource[];
  /** CIFAR-10 unless told; of CIFAR-100, the hundred classes or the twenty coarse ones. */
  readonly layout?: keyof typeof LAYOUTS;
}

/** Colour pictures of all `files`, in their order. @throws FormatError naming the file and what is wrong with it. */
export async function cifarDataset({ name, files, layout = "cifar-10" }: CifarOptions): Promise<ImageDataset> {
  const { labels, at, classes } = LAYOUTS[layout];
  const record = labels + PIXELS;
  if (files.length === 0) throw new FormatError(name ?? layout, "no files of records were given");
  const places: { readonly bytes: Uint8Array; readonly begin: number }[] = [];
  for (const file of files) {
    const bytes = await readAll(file);
    if (bytes.length === 0 || bytes.length % record !== 0) {
      const whole = Math.floor(bytes.length / record);
      throw new FormatError(
        file.name,
        `has ${bytes.length} bytes, ${whole} records of ${record} and ${bytes.length % record} over; ` +
          `whole records of ${layout} are expected: it is truncated, or of another layout`,
      );
    }
    for (let begin = 0; begin < bytes.length; begin += record) {
      const label = bytes[begin + at] as number;
      if (label >= classes.length) {
        const wanted = `0 to ${classes.length - 1} are expected in ${layout}`;
        throw new FormatError(file.name, `the label of record ${begin / record} is ${label}; ${wanted}`);
      }
      places.push({ bytes, begin });
    }
  }
  const facts = {
    name: name ?? layout,
    classes,
    length: places.length,
    channels: 3,
    height: SIDE,
    width: SIDE,
  } as const;
  const place = (index: number) => places[index] as (typeof places)[number];
  return {
    ...facts,
    label(index) {
      checkIndex(facts, index);
      const { bytes, begin } = place(index);
      return bytes[begin + at] as number;
    },
    async read(index, into, offset) {
      checkRead(facts, index, into, offset);
      const { bytes, begin } = place(index);
      into.set(bytes.subarray(begin + labels, begin + record), offset);
      return true;
    },
  };
}
