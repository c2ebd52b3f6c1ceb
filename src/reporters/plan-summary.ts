import { type Action, type Change, countActions, type Counts, isMoving, type Plan } from "../model/plan.ts";
import { DOCKER_HUB, formatReference } from "../model/reference.ts";
import { formatBytes, formatCount, plural } from "./format.ts";
import { flow } from "./layout.ts";
import type { RenderOptions } from "./options.ts";

/** The last line of a plan: how many of each, and how many bytes at most. */
export function summarisePlan(
  { changes, failures = [] }: Plan,
  { style, columns, unwished }: RenderOptions,
): readonly string[] {
  const counts = countActions(changes);
  const nothingWished = `No changes. ${unwished === undefined ? "The manifest asks for no tags." : "No entry of the manifest changed."}`;
  if (changes.length + failures.length === 0) return [nothingWished];
  if (counts.none === changes.length && failures.length === 0) {
    return [`No changes. ${plural(changes.length, "tag")} already as wanted.`];
  }
  const all = { ...counts, error: counts.error + failures.length };
  const parts = [...summariseCounts(all), ...summariseBytes(changes)];
  return flow({ head: `${style.bold("plan:")} `, parts }, { columns, indentation: "plan: ".length });
}

/** What applying takes from the pulls that Docker Hub grants, where it takes any. */
export function describeHubReads(changes: readonly Change[]): string | undefined {
  const pulls = countHubReads(changes);
  return pulls === 0 ? undefined : `Docker Hub: at least ${plural(pulls, "pull")} to apply this.`;
}

/**
 * Manifests that applying will read from Docker Hub, where each counts as a pull: one for each image at least, as its platforms are not known
 * before it is read, and one for each that travels along.
 */
function countHubReads(changes: readonly Change[]): number {
  const copies = changes.filter(
    (change) =>
      isMoving(change) &&
      change.action !== "delete" &&
      change.source.kind === "registry" &&
      change.source.reference.repository.host === DOCKER_HUB,
  );
  const images = copies
    .filter(({ action }) => action !== "attach")
    .map(({ sourceDigest, wanted, target }) => sourceDigest ?? wanted ?? formatReference(target));
  const attached = copies.flatMap(({ attachments = [] }) => attachments.map(({ digest }) => digest));
  return new Set([...images, ...attached]).size;
}

/** `3 to create`, `1 to update`, `40 unchanged`, `1 blocked`: only what there is. */
function summariseCounts(counts: Counts): readonly string[] {
  const words: readonly (readonly [Action, string])[] = [
    ["create", "to create"],
    ["update", "to update"],
    ["attach", "to attach"],
    ["delete", "to delete"],
    ["held", "held back"],
    ["none", "unchanged"],
    ["blocked", "blocked"],
    ["error", counts.error === 1 ? "error" : "errors"],
  ];
  return words
    .filter(([action]) => counts[action] > 0)
    .map(([action, word]) => `${formatCount(counts[action])} ${word}`);
}

function summariseBytes(changes: readonly Change[]): readonly string[] {
  const copies = changes.filter((change) => isMoving(change) && change.action !== "delete");
  // what one change needs may be there already or be shared with another, so the sum is the most there can be
  const bytes = copies.reduce((sum, change) => sum + (change.bytes ?? 0), 0);
  if (bytes === 0) return [];
  const unknown = copies.filter((change) => change.bytes === undefined && change.action !== "attach").length;
  const rest = unknown === 0 ? [] : [`not counting ${formatCount(unknown)} of unknown size`];
  return [`at most ${formatBytes(bytes)} to move`, ...rest];
}
