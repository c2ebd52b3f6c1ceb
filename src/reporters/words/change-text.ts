import { shortDigest } from "../../model/digest.ts";
import type { ErrorDetails } from "../../model/error.ts";
import type { Block, Change, EntryFailure, ImageSource } from "../../model/plan.ts";
import { formatPlatform } from "../../model/platform.ts";
import { formatPosition, type Position } from "../../model/position.ts";
import { formatReference, formatRepository } from "../../model/reference.ts";
import { formatShortReference } from "./format.ts";
import { formatBytes } from "../../model/size.ts";
import type { Escape } from "./options.ts";

/** Describes the source of a change, in the notation of the manifest. */
export function describeSource(source: ImageSource, escape: Escape): string {
  return escape(
    source.kind === "docker-daemon" ? `docker-daemon:${source.image}` : formatShortReference(source.reference),
  );
}

/** Returns the full target tag, which people search for and copy. */
export function describeTarget({ target }: Pick<Change, "target">, escape: Escape): string {
  return escape(formatReference(target));
}

/** `images.yaml:6:5`. A file name that could be read as a command or an option is prefixed with `./`. */
export function describePosition(position: Position, escape: Escape): string {
  const text = escape(formatPosition(position));
  return /^[A-Za-z0-9_./]/.test(text) ? text : `./${text}`;
}

/** Explains why a tag must not move: which rule and its position, or which registry refused. */
export function describeBlock(block: Block | undefined, escape: Escape): string {
  if (block === undefined) return "by an immutable rule";
  return block.kind === "rule"
    ? `by the immutable rule at ${describePosition(block.position, escape)} (pattern ${escape(block.pattern)})`
    : `by the registry ${escape(block.host)}: ${escape(block.message)}`;
}

/** `target HOST/NAME:TAG: message [CODE]`. The code can be looked up. */
export function describeError(error: ErrorDetails, escape: Escape): string {
  return `${describeErrorBriefly(error, escape)} [${error.code}]`;
}

/** `target HOST/NAME:TAG: message`, without the reference if the message already contains it. */
export function describeErrorBriefly({ message, side, reference }: ErrorDetails, escape: Escape): string {
  const about = reference === undefined || message.includes(reference) ? "" : escape(reference);
  const place = [side ?? "", about].filter((part) => part !== "").join(" ");
  return place === "" ? escape(message) : `${place}: ${escape(message)}`;
}

/** Removes the reference of an error if it is the target tag, which the line already shows. */
export function withoutTarget(error: ErrorDetails, { target }: Pick<Change, "target">): ErrorDetails {
  const { reference, ...rest } = error;
  return reference === formatReference(target) ? rest : error;
}

/** `images.yaml:6:5 images.yaml:9:5`. */
export function describePositions(positions: readonly Position[], escape: Escape): string {
  return positions.map((position) => describePosition(position, escape)).join(" ");
}

/** Explains why the tags of an entry are unknown, and for which targets. */
export function describeFailure({ error, targets }: EntryFailure, escape: Escape): readonly string[] {
  return [describeError(error, escape), ...targets.map((target) => `for ${escape(formatRepository(target))}`)];
}

/** Describes what a change does to the tag and what it costs, as the parts of a plan line. */
export function describeChange(change: Change, escape: Escape): readonly string[] {
  if (change.action === "delete") return [`was ${describeObserved(change)}`, ...describeNotes(change.notes, escape)];
  return [
    `from ${describeSource(change.source, escape)}`,
    ...describeDigests(change),
    ...describeHeld(change),
    ...describeBackup(change, escape),
    ...(change.bytes === undefined || change.action === "attach" ? [] : [formatBytes(change.bytes)]),
    ...(change.engine === "docker" && change.source.kind === "registry" ? ["with docker"] : []),
    ...(change.platforms === "all" ? [] : [`only ${change.platforms.map(formatPlatform).map(escape).join(" ")}`]),
    ...describeNotes(change.notes, escape),
  ];
}

/** Explains why an image is held back: its age, by which timestamp, and when it is due. */
export function describeHeld({ held }: Pick<Change, "held">): readonly string[] {
  if (held === undefined) return [];
  const { since, by, due } = held;
  const verb = by === "registry" ? "uploaded" : "made";
  const whose = by === "registry" ? "by the registry's time" : "according to the image";
  return [`too young: ${verb} ${formatMinute(since)} ${whose}`, `due ${formatMinute(due)}`];
}

/** Describes the backup tag of a change, and whether it moves too. */
export function describeBackup({ backup, observed }: Change, escape: Escape): readonly string[] {
  if (backup === undefined) return [];
  const { tag, observed: before } = backup;
  const was = before === observed ? " (is there)" : before === null ? "" : ` (was ${shortDigest(before)})`;
  return [`backup as ${escape(tag)}${was}`];
}

/** Returns the notes, marked as such. */
export function describeNotes(notes: readonly string[], escape: Escape): readonly string[] {
  return notes.map((note) => `note: ${escape(note)}`);
}

function describeDigests(change: Change): readonly string[] {
  const { action, wanted } = change;
  if (action === "missing") return change.observed ? [`the target keeps ${describeObserved(change)}`] : [];
  if (wanted === undefined) {
    const moves = (action === "update" || action === "blocked") && change.engine === "docker";
    return moves ? [`${describeObserved(change)} -> another image`] : [];
  }
  if (action === "attach") return [`what refers to ${shortDigest(wanted)}`];
  const isHeldUpdate = action === "held" && change.observed !== null;
  if (action === "update" || action === "blocked" || isHeldUpdate)
    return [`${describeObserved(change)} -> ${shortDigest(wanted)}`];
  return [shortDigest(wanted)];
}

/** `2026-03-01 12:00 UTC`. */
function formatMinute(time: Date): string {
  return `${time.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

function describeObserved({ observed }: Change): string {
  if (observed === null) return "absent";
  return observed === undefined ? "unknown" : shortDigest(observed);
}
