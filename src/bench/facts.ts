/** Where something ran, as data that reports and JSON files carry. */
import type { DeviceFacts } from "../core/device";

/** Which adapter ran something, as data. */
export interface AdapterFacts {
  readonly vendor: string;
  readonly architecture: string;
  readonly description: string;
  readonly software: boolean;
  readonly driver?: string;
}

export const adapterFacts = ({ vendor, architecture, description, software, driver }: DeviceFacts): AdapterFacts => ({
  vendor,
  architecture,
  description,
  software,
  ...(driver === undefined ? {} : { driver }),
});

/** Where something ran, as data: `HostFacts` of the command line. */
export interface Place {
  readonly name: string;
  readonly version: string;
  readonly flags: readonly string[];
}
