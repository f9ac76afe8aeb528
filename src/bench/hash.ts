/** Fingerprints of kernels: two runs with the same one timed the same text. */
import type { Step } from "../scheduler/plan";
import { withoutComments } from "../wgsl/comments";

const DIGITS = 16;

/** SHA-256 over the texts (less their comments) and constants of a step's dispatches, cut to 16 hexadecimal digits. */
export async function kernelHash(step: Pick<Step, "dispatches">): Promise<string> {
  const parts = step.dispatches.map(({ shader }) => [withoutComments(shader.code), shader.overrides]);
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(JSON.stringify(parts)));
  const hex = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.slice(0, DIGITS);
}
