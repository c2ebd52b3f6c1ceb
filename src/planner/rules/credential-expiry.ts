import { ACCESS_TOKEN_MS, type CredentialLife } from "../../model/credential-life.ts";
import { ASSUMED_BYTES_PER_SECOND, lastsFor, MIN_REST_MS, type UploadRate } from "../../model/lifetime.ts";
import { ImgsyncError } from "../../model/error.ts";
import { isForeignLayer } from "../../model/manifest.ts";
import type { Change } from "../../model/plan.ts";
import type { Repository } from "../../model/reference.ts";
import { needsDocker } from "../facts/docker-engine.ts";
import type { Facts } from "../facts/facts.ts";
import type { Rule } from "./rule.ts";
import { blobsUnder } from "./sizes.ts";
import { formatBytes } from "../../model/size.ts";

const MINUTE = 60_000;
const ASSUMED: UploadRate = { bytesPerSecond: ASSUMED_BYTES_PER_SECOND, isMeasured: false };

/**
 * Adds a note for each side whose credential expires before its work is done: the transfer of the largest blob, which is one request on
 * either side, whose credential cannot be replaced while it runs. Docker keeps one credential for a whole image, unless imgsync can repeat
 * the push with a new one. Short transfers need no question, because a credential with less remaining lifetime is never used.
 */
export const credentialExpiry: Rule =
  ({ facts, options }) =>
  (change) => {
    const { action, target, bytes = 0 } = change;
    if (action !== "create" && action !== "update") return change;
    const rate = options.rateOf?.(target.repository.host) ?? ASSUMED;
    const isShort = (size: number): boolean => timeFor(size, rate) < MIN_REST_MS;
    // most images are too small to list their blobs again
    if (isShort(bytes)) return change;
    const largest = largestBlob(change, facts);
    if (largest === undefined) return undefined;
    const whole = needsDocker(change) ? bytes : undefined;
    return isShort(whole ?? largest) ? change : warnOnExpiry(change, { largest, whole, rate, facts });
  };

/** The layers of a local image are unknown, so it counts as one blob. Returns undefined if facts are missing. */
function largestBlob(change: Change, facts: Facts): number | undefined {
  if (change.source.kind !== "registry") return change.bytes ?? 0;
  try {
    const moved = blobsUnder(change, facts)?.filter((blob) => !isForeignLayer(blob));
    return moved?.reduce((most, { size }) => Math.max(most, size), 0);
  } catch (thrown) {
    // docker does not copy the parts of an index that are broken
    if (!(thrown instanceof ImgsyncError) || !needsDocker(change)) throw thrown;
    return change.bytes ?? 0;
  }
}

type Expiry = {
  readonly largest: number;
  /** The bytes that one credential must last for: all of the image with docker. */
  readonly whole: number | undefined;
  readonly rate: UploadRate;
  readonly facts: Facts;
};

function warnOnExpiry(change: Change, expiry: Expiry): Change | undefined {
  const { target, source } = change;
  const { facts } = expiry;
  const from = source.kind === "registry" ? source.reference.repository : undefined;
  // within one registry blobs are mounted, not transferred
  if (from?.host === target.repository.host) return change;
  // ask both in one round
  const reading = from === undefined ? ({ kind: "absent" } as const) : facts.credentialLife(from);
  const writing = facts.credentialLife(target.repository);
  if (reading === undefined || writing === undefined) return undefined;
  const notes: string[] = [];
  if (writing.kind === "found") {
    const work = workOf(writing.value, "pushes", change, expiry);
    if (!lastsFor(longest(writing.value), work.milliseconds)) {
      const risk = work.isLocalImage && writing.value.isRenewed ? "a layer that takes longer cannot arrive" : REFUSED;
      notes.push(noteOn(work, target.repository, writing.value, risk));
    }
  }
  // a running download continues after the expiry; an interrupted one can only resume with a renewed credential
  if (from !== undefined && reading.kind === "found" && !reading.value.isRenewed) {
    const work = workOf(reading.value, "pulls", change, expiry);
    const risk =
      expiry.whole === undefined ? "a download that breaks off late cannot be resumed" : "the source may refuse it";
    if (!lastsFor(reading.value.milliseconds, work.milliseconds)) notes.push(noteOn(work, from, reading.value, risk));
  }
  return notes.length === 0 ? change : { ...change, notes: [...change.notes, ...notes] };
}

const REFUSED = "the target may refuse it at its end";

type LongWork = { readonly text: string; readonly milliseconds: number; readonly isLocalImage: boolean };

/** A renewed credential must last for one blob only: docker does not send layers again that have arrived. */
function workOf(
  { isRenewed }: CredentialLife,
  verb: "pushes" | "pulls",
  { source }: Change,
  { largest, whole, rate }: Expiry,
): LongWork {
  const isLocalImage = source.kind !== "registry";
  const bytes = isRenewed ? largest : (whole ?? largest);
  const milliseconds = timeFor(bytes, rate);
  const took = `takes ${showTime(milliseconds)} at ${showRate(rate)}`;
  // the plan knows the unpacked size of a local image
  const size = isLocalImage ? `up to ${formatBytes(bytes)}` : formatBytes(bytes);
  const isBlob = whole === undefined || (isRenewed && !isLocalImage);
  const text = isBlob ? `a blob of ${size} ${took}` : `docker ${verb} ${size} with one login, which ${took}`;
  return { text, milliseconds, isLocalImage };
}

function noteOn({ text }: LongWork, repository: Repository, life: CredentialLife, risk: string): string {
  return `${text}, and ${showLife(repository, life)}: ${risk}. ${adviceFor(life)}`;
}

function timeFor(bytes: number, { bytesPerSecond }: UploadRate): number {
  return (bytes / bytesPerSecond) * 1000;
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
  return `${isMeasured ? "a measured" : "an assumed"} ${formatBytes(bytesPerSecond)}/s`;
}

function showTime(milliseconds: number): string {
  const minutes = Math.floor(milliseconds / MINUTE);
  return `${minutes} ${minutes === 1 ? "minute" : "minutes"}`;
}
