/** A host runs tasks where there is a GPU: a browser, or this process. */
import { openChrome } from "./chrome";
import type { Host, HostOptions } from "./context";
import { openNode } from "./nodeHost";

export type { Host, HostOptions } from "./context";

export const hostNames = ["chrome", "node"] as const;

/** Opens a host. @throws NoAdapterError when there is no browser or no adapter, saying what to do. */
export const openHost = (name: "chrome" | "node", options: HostOptions = {}): Promise<Host> =>
  name === "chrome" ? openChrome(options) : openNode(options);
