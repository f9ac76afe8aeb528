/**
 * A reporter for counting: the last line of a run is `N passed, N failed`, with `, N skipped` where some were. A file that
 * could not be loaded, and an error outside of any test, each count as one failure.
 */
import type { Reporter, SerializedError, TestModule } from "vitest/node";

export default class Tally implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    let [passed, failed, skipped] = [0, unhandled.length, 0];
    for (const module of modules) {
      if (module.errors().length > 0) failed++;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === "passed") passed++;
        else if (state === "skipped") skipped++;
        else failed++;
      }
      for (const suite of module.children.allSuites()) failed += suite.errors().length > 0 ? 1 : 0;
    }
    const line = `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
    // Reporters end in order, and the default one writes its summary first.
    process.stdout.write(`\n${line}\n`);
  }
}
