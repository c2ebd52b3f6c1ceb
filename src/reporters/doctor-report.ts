import type { CheckGroup, CheckStatus } from "../model/check.ts";
import { displayWidth } from "./words/width.ts";
import { plural } from "./words/format.ts";
import { flowFinding } from "./words/finding.ts";
import { escapeFor, type RenderOptions } from "./words/options.ts";
import { forJson } from "../text/sanitize.ts";
import type { Style } from "./words/style.ts";

export type DoctorFormat = "text" | "json";

/** The formats of `doctor --format`. */
export const DOCTOR_FORMATS: Readonly<
  Record<DoctorFormat, (groups: readonly CheckGroup[], options: RenderOptions) => string>
> = { text: renderText, json: renderJson };

const COLORS: Readonly<Record<CheckStatus, keyof Style>> = { ok: "green", warning: "yellow", problem: "red" };
const STATUS_WIDTH = "problem".length;
/** Two spaces, the status, two spaces. */
const STATUS_INDENTATION = 2 + STATUS_WIDTH + 2;
/** Messages narrower than this are hard to read. */
const LEAST_MESSAGE = 50;

export function countChecks(groups: readonly CheckGroup[], status: CheckStatus): number {
  return groups.flatMap(({ checks }) => checks).filter((check) => check.status === status).length;
}

function renderText(groups: readonly CheckGroup[], options: RenderOptions): string {
  const escape = escapeFor(options);
  const widest = Math.max(0, ...groups.flatMap(({ checks }) => checks.map(({ name }) => displayWidth(escape(name)))));
  const room = (options.columns ?? Infinity) - STATUS_INDENTATION - widest - 2;
  // on a narrow terminal, names are not padded and messages go on below them
  const blocks = groups.map((group) => renderGroup(group, room < LEAST_MESSAGE ? undefined : widest, options));
  const [problems, warnings] = [countChecks(groups, "problem"), countChecks(groups, "warning")];
  const summary = `${plural(problems, "problem")}, ${plural(warnings, "warning")}`;
  return [...blocks, problems + warnings === 0 ? "no problems found" : summary, ""].join("\n");
}

function renderGroup({ about, checks }: CheckGroup, nameWidth: number | undefined, options: RenderOptions): string {
  const escape = escapeFor(options);
  const indentation = STATUS_INDENTATION + (nameWidth === undefined ? 0 : nameWidth + 2);
  const lines = checks.flatMap(({ name: written, status, message, hint }) => {
    const name = escape(written);
    const mark = options.style[COLORS[status]](status.padEnd(STATUS_WIDTH));
    const padding = " ".repeat(Math.max(0, (nameWidth ?? 0) - displayWidth(name)));
    const head = `  ${mark}  ${name}${padding}  `;
    return flowFinding({ head, parts: [escape(message)], hint }, options, indentation);
  });
  return [options.style.bold(escape(about)), ...lines, ""].join("\n");
}

function renderJson(groups: readonly CheckGroup[]): string {
  const summary = {
    problems: countChecks(groups, "problem"),
    warnings: countChecks(groups, "warning"),
  };
  return `${forJson({ version: 1, summary, groups }, 2)}\n`;
}
