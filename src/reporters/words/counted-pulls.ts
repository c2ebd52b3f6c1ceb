import { type Change, isCopy } from "../../model/plan.ts";
import { formatReference } from "../../model/reference.ts";
import type { PullLimit, Spending } from "../../model/spending.ts";
import { pullQuotaOf } from "../../products/table.ts";
import { formatCount, plural } from "./format.ts";

/** A host with fewer remaining pulls than a plan needs. */
export type TooFewPulls = { readonly host: string; readonly message: string };

/** How many pulls applying a plan takes from one registry. */
export type PullNeed = {
  readonly text: string;
  /** False if the registry reports fewer remaining pulls. */
  readonly isEnough: boolean;
};

/** Describes how many pulls applying takes from each registry that counts them. */
export function describePulls(changes: readonly Change[], spending: Spending | undefined): readonly PullNeed[] {
  return countPulls(changes).map(({ host, title, hint, pulls }) => {
    const left = spending?.pullLimits.get(host);
    const known = left === undefined ? "" : `; ${describeLeft(left)}`;
    const isEnough = left === undefined || pulls <= usable(left);
    const text = `${title}: at least ${plural(pulls, "pull")} to apply this${known}.${isEnough ? "" : ` ${advice(hint)}`}`;
    return { text, isEnough };
  });
}

/** Describes what making the plan cost: nothing if that is not known. */
export function describeRequests(spending: Spending | undefined): readonly string[] {
  return spending === undefined ? [] : [`Made with ${plural(spending.requests, "request")}.`];
}

/** Returns the registries that are known to have too few pulls left. `sharedBy`: how many shards take pulls at a time. */
export function findTooFewPulls(
  changes: readonly Change[],
  { pullLimits }: Spending,
  sharedBy = 1,
): readonly TooFewPulls[] {
  return countPulls(changes).flatMap(({ host, hint, pulls }) => {
    const left = pullLimits.get(host);
    if (left === undefined || pulls * sharedBy <= usable(left)) return [];
    const shared = sharedBy === 1 ? "" : `, for ${sharedBy} shards at a time`;
    const message = `applying takes at least ${plural(pulls, "pull")}, and ${describeLeft(left)}${shared}. ${advice(hint)}`;
    return [{ host, message }];
  });
}

function advice(hint: string): string {
  return `That is too few: ${hint}.`;
}

type Pulls = { readonly host: string; readonly title: string; readonly hint: string; readonly pulls: number };

/**
 * Counts the manifests that applying reads from registries that count each read as a pull: at least one for each image, because its
 * platforms are unknown until it is read, and one for each attachment.
 */
function countPulls(changes: readonly Change[]): readonly Pulls[] {
  const byHost = Map.groupBy(changes.filter(isCopy), sourceHost);
  return [...byHost].flatMap(([host, copies]) => {
    const quota = host === undefined ? undefined : pullQuotaOf(host);
    return host === undefined || quota === undefined ? [] : [{ host, ...quota, pulls: countReads(copies) }];
  });
}

function sourceHost({ source }: Change): string | undefined {
  return source.kind === "registry" ? source.reference.repository.host : undefined;
}

function countReads(copies: readonly Change[]): number {
  const images = copies
    .filter(({ action }) => action !== "attach")
    .map(({ sourceDigest, wanted, target }) => sourceDigest ?? wanted ?? formatReference(target));
  const attached = copies.flatMap(({ attachments = [] }) => attachments.map(({ digest }) => digest));
  return new Set([...images, ...attached]).size;
}

function usable({ remaining, reserve = 0 }: PullLimit): number {
  return Math.max(0, remaining - reserve);
}

function describeLeft({ limit, remaining, windowSeconds, reserve }: PullLimit): string {
  const window = windowSeconds === undefined ? "" : ` in ${describeWindow(windowSeconds)}`;
  const kept = reserve === undefined ? "" : `, of which \`reserve\` keeps ${formatCount(reserve)}`;
  return `${formatCount(remaining)} of ${formatCount(limit)}${window} ${remaining === 1 ? "is" : "are"} left${kept}`;
}

function describeWindow(seconds: number): string {
  if (seconds % 3600 === 0 && seconds > 0) return plural(seconds / 3600, "hour");
  return seconds % 60 === 0 && seconds > 0 ? plural(seconds / 60, "minute") : plural(seconds, "second");
}
