import { ACCESS_TOKEN_MS, type CredentialLife } from "../model/credential-life.ts";
import { ASSUMED_BYTES_PER_SECOND, lastsFor, MIN_REST_MS, type UploadRate } from "../model/lifetime.ts";
import type { Change } from "../model/plan.ts";
import type { Repository } from "../model/reference.ts";
import type { Facts } from "./facts.ts";

/** How fast uploads went to a host. */
export type RateOf = (host: string) => UploadRate;

type Foresight = { readonly largest: number; readonly facts: Facts; readonly rateOf?: RateOf | undefined };

const MINUTE = 60_000;
const MIB = 1024 ** 2;
const GIB = 1024 ** 3;
const ASSUMED: UploadRate = { bytesPerSecond: ASSUMED_BYTES_PER_SECOND, isMeasured: false };

/**
 * The change with a note for each side whose credentials end before its largest blob has travelled. A blob is one request at
 * either side: what that was begun with cannot be changed before its end. Asks only where it takes so long that it could
 * matter, for what has less life left is never begun with. Undefined where facts are missing.
 */
export function foreseeEnds(change: Change, { largest, facts, rateOf }: Foresight): Change | undefined {
  const { source, target } = change;
  const from = source.kind === "registry" ? source.reference.repository : undefined;
  // within one registry blobs are mounted and do not travel
  if (from === undefined || from.host === target.repository.host) return change;
  const rate = rateOf?.(target.repository.host) ?? ASSUMED;
  const workMs = (largest / rate.bytesPerSecond) * 1000;
  if (workMs < MIN_REST_MS) return change;
  // both ask in one round
  const reading = facts.credentialLife(from);
  const writing = facts.credentialLife(target.repository);
  if (reading === undefined || writing === undefined) return undefined;
  const blob = `a blob of ${showBytes(largest)} takes ${showTime(workMs)} at ${showRate(rate)}`;
  const notes: string[] = [];
  if (writing.kind === "found" && !lastsFor(longest(writing.value), workMs)) {
    const risk = "the target may refuse it at its end";
    notes.push(`${blob}, and ${showLife(target.repository, writing.value)}: ${risk}. ${adviceFor(writing.value)}`);
  }
  // a body that is being read goes on after the end; broken off, it can be taken up again with what is renewed
  if (reading.kind === "found" && !reading.value.isRenewed && !lastsFor(reading.value.milliseconds, workMs)) {
    const risk = "a reading that breaks off late cannot go on";
    notes.push(`${blob}, and ${showLife(from, reading.value)}: ${risk}. ${adviceFor(reading.value)}`);
  }
  return notes.length === 0 ? change : { ...change, notes: [...change.notes, ...notes] };
}

/** What is renewed is fresh where the upload begins. */
function longest({ milliseconds, isRenewed }: CredentialLife): number {
  return isRenewed ? Math.max(milliseconds, ACCESS_TOKEN_MS) : milliseconds;
}

function showLife({ host }: Repository, life: CredentialLife): string {
  const { origin, milliseconds, isAtMost, isRenewed, isAccessToken } = life;
  const what = `${isAccessToken ? "the access token" : "the login"} for ${host} (${origin})`;
  if (isRenewed) return `${what} lives ${showTime(longest(life))} although it is renewed`;
  if (isAtMost) return `${what} lives ${showTime(milliseconds)} at most and is not renewed`;
  return milliseconds <= 0 ? `${what} has ended` : `${what} ends in ${showTime(milliseconds)} and is not renewed`;
}

function adviceFor({ isAccessToken }: CredentialLife): string {
  return isAccessToken
    ? "A service account's key has no end: auth: { keyFile: FILE }"
    : "Log in again right before apply, or with something that lasts longer";
}

function showRate({ bytesPerSecond, isMeasured }: UploadRate): string {
  return `${isMeasured ? "a measured" : "an assumed"} ${showBytes(bytesPerSecond)}/s`;
}

function showBytes(bytes: number): string {
  const [size, unit] = bytes < GIB ? [bytes / MIB, "MiB"] : [bytes / GIB, "GiB"];
  return `${size.toFixed(1)} ${unit}`;
}

function showTime(milliseconds: number): string {
  const minutes = Math.floor(milliseconds / MINUTE);
  return `${minutes} ${minutes === 1 ? "minute" : "minutes"}`;
}
