import type { Event } from "../model/event.ts";
import type { Reporter } from "../model/ports.ts";
import { plural } from "./words/format.ts";
import { formatBytes } from "../model/size.ts";
import type { RenderOptions } from "./words/options.ts";
import { renderReport, renderResultLine } from "./report.ts";
import type { ReporterOptions } from "./reporter-options.ts";
import { renderWarning } from "./warning.ts";

/** The reporter off a terminal: a line on stderr for each finished change and warning, then the report on stdout. */
export function createPlainReporter(options: ReporterOptions): Reporter {
  const lines = renderOptions(options, "stderr");
  const print = (line: string): void => void options.stderr.write(`${line}\n`);
  const report = (event: Event): void => {
    switch (event.type) {
      case "run.started":
        if (event.total > 0) print(`applying ${plural(event.total, "change")}${describeBytes(event.bytes)}`);
        break;
      case "change.finished":
        if (event.result.outcome === "unchanged" && options.verbose !== true) break;
        print(renderResultLine(event.change, event.result, lines));
        break;
      case "warning":
        print(renderWarning(event, lines));
        break;
      case "run.finished":
        options.stdout.write(renderReport(event.report, renderOptions(options, "stdout")));
        break;
      case "change.started":
      case "change.progress":
        break;
    }
  };
  return { report, finish: () => Promise.resolve() };
}

/** Returns how to render text for a stream. Lines are only wrapped on a terminal. */
export function renderOptions(options: ReporterOptions, name: "stdout" | "stderr"): RenderOptions {
  const { isTTY, columns } = options[name];
  return {
    style: options.styles[name],
    columns: isTTY === true && columns !== undefined && columns > 0 ? columns : undefined,
    verbose: options.verbose,
    ci: options.ci,
  };
}

function describeBytes(bytes: number): string {
  return bytes > 0 ? `, at most ${formatBytes(bytes)} to move` : "";
}
