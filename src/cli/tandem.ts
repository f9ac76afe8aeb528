/** The `tandem` command: runs the program and makes its errors readable. */
import { told } from "./exit";
import { program } from "./program";

const fail = (error: unknown): void => {
  process.exitCode = told(error, (text) => process.stderr.write(text));
};

// `tandem … | head` closes our output early: that is no fault.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});
process.on("uncaughtException", (error) => {
  fail(error);
  process.exit();
});

await program().parseAsync().catch(fail);
