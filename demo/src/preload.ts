import { imagenetLabels } from "../../src/index";

/** What comes with the page and may be asked for later, fetched while nothing else goes on: then no visit needs the network. */
export async function preload(): Promise<void> {
  const [{ networks }, { samplesOf }, { fetchShipped }] = await Promise.all([
    import("./networks/list"),
    import("./networks/samples"),
    import("./networks/weights"),
  ]);
  const weights = networks.flatMap(({ shipped }) => (shipped === undefined ? [] : [fetchShipped(shipped)]));
  const pictures = (["glyphs", "surfaces", "photographs"] as const).map(samplesOf);
  // What could not be had is asked for again when it is wanted, and missed in words there.
  await Promise.allSettled([...weights, ...pictures, imagenetLabels(), ...workers()]);
}

/** Workers' scripts are chunks of the page, which the browser keeps once they have been loaded. */
const workers = (): Promise<unknown>[] => [
  import("./networks/seed.worker"),
  import("./train/train.worker"),
  import("./lab/lab.worker"),
];
