import type { Reporter } from "../model/ports.ts";
import { renderOptions } from "./plain.ts";
import { needsAttention, renderReport } from "./report.ts";
import type { ReporterOptions } from "./reporter-options.ts";

/** Prints nothing if everything succeeded; otherwise the report, with only what needs attention. */
export function createQuietReporter(options: ReporterOptions): Reporter {
  return {
    report: (event) => {
      if (event.type !== "run.finished") return;
      const { report } = event;
      const results = report.results.filter(({ result }) => needsAttention(result));
      if (!report.interrupted && results.length + (report.failures ?? []).length === 0) return;
      options.stdout.write(
        renderReport({ ...report, results }, { ...renderOptions(options, "stdout"), verbose: false }),
      );
    },
    finish: () => Promise.resolve(),
  };
}
