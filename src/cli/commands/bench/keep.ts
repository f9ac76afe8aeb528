/** Where a report goes besides the terminal. */
import { writeFile } from "node:fs/promises";

/** Writes `report` as JSON: into a file, or for `-` to standard output. */
export const keep = async (path: string | undefined, report: object): Promise<void> => {
  if (path === "-") console.log(JSON.stringify(report, null, 2));
  else if (path) await writeFile(path, `${JSON.stringify(report, null, 2)}\n`);
};
