import type { CheckGroup, CheckStatus } from "../model/check.ts";
import { displayWidth } from "./words/width.ts";
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

export function countChecks(groups: readonly CheckGroup[], status: CheckStatus): number {
  return groups.flatMap(({ checks }) => checks).filter((check) => check.status === status).length;
}

function renderText(groups: readonly CheckGroup[], options: RenderOptions): string {
  const width = Math.max(0, ...groups.flatMap(({ checks }) => checks.map(({ name }) => displayWidth(name))));
  const blocks = groups.map((group) => renderGroup(group, width, options));
  const [problems, warnings] = [countChecks(groups, "problem"), countChecks(groups, "warning")];
  const summary = `${count(problems, "problem")}, ${count(warnings, "warning")}`;
  return [...blocks, problems + warnings === 0 ? "no problems found" : summary, ""].join("\n");
}

function renderGroup({ about, checks }: CheckGroup, width: number, options: RenderOptions): string {
  const escape = escapeFor(options);
  const indentation = 2 + STATUS_WIDTH + 2 + width + 2;
  const lines = checks.flatMap(({ name, status, message, hint }) => {
    const mark = options.style[COLORS[status]](status.padEnd(STATUS_WIDTH));
    const head = `  ${mark}  ${name}${" ".repeat(width - displayWidth(name))}  `;
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

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
