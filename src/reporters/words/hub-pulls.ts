import { type Change, isMoving } from "../../model/plan.ts";
import { DOCKER_HUB, formatReference } from "../../model/reference.ts";
import type { PullLimit, Spending } from "../../model/spending.ts";
import { formatCount, plural } from "./format.ts";

/** What making the plan cost, and what applying it takes from the pulls that Docker Hub grants, where it takes any. */
export function describeSpending(changes: readonly Change[], spending: Spending | undefined): readonly string[] {
  const pulls = countHubReads(changes);
  const left = spending?.hubPulls;
  const hub = `Docker Hub: at least ${plural(pulls, "pull")} to apply this${left === undefined ? "" : `; ${describeLeft(left)}`}.`;
  const problem = describeTooFew(changes, spending);
  return [
    ...(pulls === 0 ? [] : [problem === undefined ? hub : `${hub} ${ADVICE}`]),
    ...(spending === undefined ? [] : [`Made with ${plural(spending.requests, "request")}.`]),
  ];
}

/** Undefined where what Docker Hub grants is enough, or nobody knows. */
export function describeTooFew(changes: readonly Change[], spending: Spending | undefined): string | undefined {
  const pulls = countHubReads(changes);
  const left = spending?.hubPulls;
  if (left === undefined || pulls <= left.remaining) return undefined;
  return `applying takes at least ${plural(pulls, "pull")}, and ${describeLeft(left)}. ${ADVICE}`;
}

const ADVICE = "That is too few: log in to Docker Hub, wait, or apply a part with --only.";

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

function describeLeft({ limit, remaining, windowSeconds }: PullLimit): string {
  const window = windowSeconds === undefined ? "" : ` in ${describeWindow(windowSeconds)}`;
  return `${formatCount(remaining)} of ${formatCount(limit)}${window} ${remaining === 1 ? "is" : "are"} left`;
}

function describeWindow(seconds: number): string {
  if (seconds % 3600 === 0 && seconds > 0) return plural(seconds / 3600, "hour");
  return seconds % 60 === 0 && seconds > 0 ? plural(seconds / 60, "minute") : plural(seconds, "second");
}
