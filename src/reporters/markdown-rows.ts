import { type Digest, shortDigest } from "../model/digest.ts";
import type { ErrorDetails } from "../model/error.ts";
import type { Change, EntryFailure } from "../model/plan.ts";
import { formatReference, formatRepository, nameAtHost } from "../model/reference.ts";
import {
  describeBackup,
  describeError,
  describeHeld,
  describePositions,
  describeSource,
  withoutTarget,
} from "./words/change-text.ts";
import { formatBytes, plural } from "./words/format.ts";
import { codeSpan, tableRow } from "./markdown-text.ts";

const asIs = (text: string): string => text;

/** A change that shows digests. */
export type ChangeWithDigests = Change & { readonly wanted: Digest };

export function hasDigests(change: Change): change is ChangeWithDigests {
  return change.wanted !== undefined && !["none", "held", "missing", "error"].includes(change.action);
}

/** Columns: tag, has, would get, from, blocked by, at. */
export function blockedRow({ target, observed, wanted, source, backup, block, positions }: Change): string {
  const what = backup === undefined ? "" : `, which is about the backup ${codeSpan(backup.tag)}`;
  return tableRow([
    codeSpan(formatReference(target)),
    digestCell(observed),
    digestCell(wanted),
    codeSpan(describeSource(source, asIs)),
    ...(block === undefined
      ? ["an immutable rule"]
      : block.kind === "rule"
        ? [
            `the rule at ${codeSpan(describePositions([block.position], asIs))}, pattern ${codeSpan(block.pattern)}${what}`,
          ]
        : [`the registry ${codeSpan(block.host)}: ${codeSpan(block.message)}${what}`]),
    codeSpan(describePositions(positions, asIs)),
  ]);
}

/** Columns: tag, problem, what to do, at. */
export function errorRow(change: Change): string {
  const { target, error = { code: "INTERNAL", message: "unknown error" }, positions } = change;
  return problemRow(codeSpan(formatReference(target)), withoutTarget(error, change), positions);
}

/** Same columns as {@link errorRow}, for an entry whose tags are unknown, with its target repositories. */
export function failureRow({ error, targets, positions }: EntryFailure): string {
  const [first, ...others] = targets;
  const more = others.length === 0 ? "" : ` and ${plural(others.length, "repository", "repositories")} more`;
  return problemRow(first === undefined ? "" : `${codeSpan(formatRepository(first))}${more}`, error, positions);
}

/** Columns: action, tag, from, digest, size, notes. */
export function changeRow(change: Change): string {
  const { action, target, source, bytes, notes, platforms, engine } = change;
  const remarks = [
    ...(engine === "docker" && source.kind === "registry" ? ["with docker"] : []),
    ...(platforms === "all" ? [] : [`${platforms.length} of its platforms`]),
    ...describeHeld(change),
    ...describeBackup(change, codeSpan),
    ...notes.map((note) => codeSpan(note)),
  ];
  return tableRow([
    `**${action}**`,
    codeSpan(`${nameAtHost(target.repository)}:${target.tag}`),
    action === "delete" ? "" : codeSpan(describeSource(source, asIs)),
    digests(change),
    bytes === undefined || action === "attach" || action === "delete" ? "" : formatBytes(bytes),
    remarks.join(", "),
  ]);
}

/** Columns: tag, before, after. */
export function digestRow({ target, observed, wanted, action }: ChangeWithDigests): string {
  const before = observed === null ? "absent" : observed === undefined ? "unknown" : codeSpan(observed);
  return tableRow([codeSpan(formatReference(target)), before, action === "delete" ? "absent" : codeSpan(wanted)]);
}

function problemRow(about: string, error: ErrorDetails, positions: Change["positions"]): string {
  return tableRow([
    about,
    codeSpan(describeError(error, asIs)),
    error.hint === undefined ? "" : codeSpan(error.hint),
    codeSpan(describePositions(positions, asIs)),
  ]);
}

function digests({ action, observed, wanted, engine }: Change): string {
  if (action === "delete") return digestCell(observed);
  if (action === "missing") return observed ? `keeps ${digestCell(observed)}` : "";
  if (action === "attach") return `what refers to ${digestCell(wanted)}`;
  if (action === "create" || (action === "held" && observed === null))
    return wanted === undefined ? "" : digestCell(wanted);
  const after = wanted === undefined && engine === "docker" ? "another image" : digestCell(wanted);
  return `${digestCell(observed)} → ${after}`;
}

function digestCell(digest: Digest | null | undefined): string {
  if (digest === null) return "absent";
  return digest === undefined ? "unknown" : codeSpan(shortDigest(digest));
}
