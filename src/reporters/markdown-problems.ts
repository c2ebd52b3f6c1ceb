import { type Digest, shortDigest } from "../model/digest.ts";
import type { ErrorDetails } from "../model/error.ts";
import { type Block, type Change, type EntryFailure, isMoving } from "../model/plan.ts";
import { formatPosition, type Position } from "../model/position.ts";
import { formatReference, formatRepository } from "../model/reference.ts";
import type { Section } from "./markdown-budget.ts";
import { codeSpan, phrase } from "./markdown-text.ts";
import { describeError, describePosition, describeSource, withoutTarget } from "./words/change-text.ts";
import { plural } from "./words/format.ts";
import { asIs } from "./words/options.ts";
import { adviseBlocked, blockedBy } from "./words/unblock.ts";

/** Renders the blocked tags, each as a sentence with what to do about it. */
export function renderBlocked(changes: readonly Change[]): readonly Section[] {
  const blocked = changes.filter(({ action }) => action === "blocked");
  if (blocked.length === 0) return [];
  const title = `${plural(blocked.length, "tag is", "tags are")} blocked, so ${codeSpan("imgsync apply")} writes nothing`;
  const others = changes.some(isMoving)
    ? [`${codeSpan("imgsync apply --skip-blocked")} applies the other changes.`, ""]
    : [];
  return [{ head: ["", `#### ${title}`, "", ...others], rows: blocked.map(blockedItem) }];
}

/** Renders the tags and entries that could not be planned, each with the suggested fix. */
export function renderErrors(changes: readonly Change[], failures: readonly EntryFailure[]): readonly Section[] {
  const rows = [...changes.filter(({ action }) => action === "error").map(errorItem), ...failures.map(failureItem)];
  if (rows.length === 0) return [];
  return [{ head: ["", `#### ${plural(rows.length, "error")}`, ""], rows }];
}

function blockedItem(change: Change): string {
  const { target, block, positions } = change;
  const blocked = blockedBy(change);
  const about = blocked.writes === "backup" ? `, which keeps its backup ${codeSpan(change.backup?.tag ?? "")}` : "";
  const now = change.observed === undefined ? "" : ` It points at ${digest(change.observed)}.`;
  const cause =
    blocked.writes === "nothing"
      ? `${at(positions)} no longer selects it, so it would be deleted.`
      : `${at(positions)} maps ${codeSpan(describeSource(change.source, asIs))}${wanted(change)} to it.`;
  const reason = `is blocked by ${by(block)}${about}.${now} ${cause}`;
  return item([`${codeSpan(formatReference(target))} ${reason}`, `**What to do:** ${phrase(adviseBlocked(blocked))}.`]);
}

function by(block: Block | undefined): string {
  if (block === undefined) return "an immutable rule";
  if (block.kind === "registry") return `the registry ${codeSpan(block.host)}: ${codeSpan(block.message)}`;
  return `the immutable rule at ${position(block.position)} (pattern ${codeSpan(block.pattern)})`;
}

function wanted({ wanted, engine }: Change): string {
  if (wanted !== undefined) return ` (${digest(wanted)})`;
  return engine === "docker" ? " (another image)" : "";
}

function errorItem(change: Change): string {
  const { target, error = { code: "INTERNAL", message: "unknown error" }, positions } = change;
  return problem(codeSpan(formatReference(target)), withoutTarget(error, change), positions);
}

/** An entry whose tags are unknown, with its target repositories. */
function failureItem({ error, targets, positions }: EntryFailure): string {
  const [first, ...others] = targets;
  const more = others.length === 0 ? "" : ` and ${plural(others.length, "repository", "repositories")} more`;
  return problem(first === undefined ? "" : `${codeSpan(formatRepository(first))}${more}`, error, positions);
}

function problem(about: string, error: ErrorDetails, positions: readonly Position[]): string {
  const what = `${codeSpan(describeError(error, asIs))} at ${at(positions)}`;
  const head = about === "" ? what : `${about}: ${what}`;
  return item([head, ...(error.hint === undefined ? [] : [`**What to do:** ${codeSpan(error.hint)}`])]);
}

/** One line, because a newline would end the item's row. */
function item(lines: readonly string[]): string {
  return `- ${lines.join("<br>")}`;
}

function at(positions: readonly Position[]): string {
  const all = [...new Map(positions.map((one) => [formatPosition(one), one])).values()].map(position);
  return all.length === 0 ? "the manifest" : all.join(" and ");
}

function position(one: Position): string {
  return codeSpan(describePosition(one, asIs));
}

function digest(value: Digest | null): string {
  return value === null ? "nothing" : codeSpan(shortDigest(value));
}
