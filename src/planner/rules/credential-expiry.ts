import { ACCESS_TOKEN_MS, type CredentialLife } from "../../model/credential-life.ts";
import { ASSUMED_BYTES_PER_SECOND, lastsFor, MIN_REST_MS, type UploadRate } from "../../model/lifetime.ts";
import { isForeignLayer } from "../../model/manifest.ts";
import type { Change } from "../../model/plan.ts";
import type { Repository } from "../../model/reference.ts";
import type { Facts } from "../facts/facts.ts";
import type { Rule } from "./rule.ts";
import { blobsUnder } from "./sizes.ts";

const MINUTE = 60_000;
const MIB = 1024 ** 2;
const GIB = 1024 ** 3;
const ASSUMED: UploadRate = { bytesPerSecond: ASSUMED_BYTES_PER_SECOND, isMeasured: false };

/**
 * Adds a note for each side whose credential expires before its largest blob is transferred. A blob is one request on either side, and the
 * credential of a running request cannot be replaced. Short transfers need no question, because a credential with less remaining lifetime
 * is never used.
 */
export const credentialExpiry: Rule =
  ({ facts, options }) =>
  (change) => {
    const { action, engine, source, target, bytes = 0 } = change;
    if ((action !== "create" && action !== "update") || engine === "docker" || source.kind !== "registry")
      return change;
    const rate = options.rateOf?.(target.repository.host) ?? ASSUMED;
    const timeFor = (size: number): number => (size / rate.bytesPerSecond) * 1000;
    // most images are too small to list their blobs again
    if (timeFor(bytes) < MIN_REST_MS) return change;
    const moved = blobsUnder(change, facts)?.filter((blob) => !isForeignLayer(blob)) ?? [];
    const largest = moved.reduce((most, { size }) => Math.max(most, size), 0);
    const from = source.reference.repository;
    return timeFor(largest) < MIN_REST_MS
      ? change
      : warnOnExpiry(change, { from, largest, rate, workMs: timeFor(largest), facts });
  };

type Expiry = {
  readonly from: Repository;
  readonly largest: number;
  readonly rate: UploadRate;
  readonly workMs: number;
  readonly facts: Facts;
};

function warnOnExpiry(change: Change, { from, largest, rate, workMs, facts }: Expiry): Change | undefined {
  const { target } = change;
  // within one registry blobs are mounted, not transferred
  if (from.host === target.repository.host) return change;
  // ask both in one round
  const reading = facts.credentialLife(from);
  const writing = facts.credentialLife(target.repository);
  if (reading === undefined || writing === undefined) return undefined;
  const blob = `a blob of ${showBytes(largest)} takes ${showTime(workMs)} at ${showRate(rate)}`;
  const notes: string[] = [];
  if (writing.kind === "found" && !lastsFor(longest(writing.value), workMs)) {
    const risk = "the target may refuse it at its end";
    notes.push(`${blob}, and ${showLife(target.repository, writing.value)}: ${risk}. ${adviceFor(writing.value)}`);
  }
  // a running download continues after the expiry; an interrupted one can only resume with a renewed credential
  if (reading.kind === "found" && !reading.value.isRenewed && !lastsFor(reading.value.milliseconds, workMs)) {
    const risk = "a download that breaks off late cannot be resumed";
    notes.push(`${blob}, and ${showLife(from, reading.value)}: ${risk}. ${adviceFor(reading.value)}`);
  }
  return notes.length === 0 ? change : { ...change, notes: [...change.notes, ...notes] };
}

/** A renewed credential is fresh when the upload starts. */
function longest({ milliseconds, isRenewed }: CredentialLife): number {
  return isRenewed ? Math.max(milliseconds, ACCESS_TOKEN_MS) : milliseconds;
}

function showLife({ host }: Repository, life: CredentialLife): string {
  const { origin, milliseconds, isAtMost, isRenewed, isAccessToken } = life;
  const what = `${isAccessToken ? "the access token" : "the login"} for ${host} (${origin})`;
  if (isRenewed) return `${what} is valid for ${showTime(longest(life))} even when renewed`;
  if (isAtMost) return `${what} is valid for at most ${showTime(milliseconds)} and is not renewed`;
  return milliseconds <= 0 ? `${what} has expired` : `${what} expires in ${showTime(milliseconds)} and is not renewed`;
}

function adviceFor({ isAccessToken }: CredentialLife): string {
  return isAccessToken
    ? "A service account's key does not expire: auth: { keyFile: FILE }"
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
