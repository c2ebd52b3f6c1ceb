import { shortDigest } from "../../model/digest.ts";
import { formatReference, type Reference } from "../../model/reference.ts";
import { formatBytes } from "../../model/size.ts";
import { defined } from "../../model/defined.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `3.2 MiB/s`. */
export function formatSpeed(bytesPerSecond: number): string {
  return `${formatBytes(bytesPerSecond)}/s`;
}

/** `350 ms`, `4.2 s`, `42 s`, `1 m 12 s`, `2 h 5 m`, `3 d 4 h`. */
export function formatDuration(milliseconds: number): string {
  const time = Math.max(0, milliseconds);
  if (time < 999.5) return `${Math.round(time)} ms`;
  if (time < 9950) return `${(time / SECOND).toFixed(1)} s`;
  if (time < MINUTE - SECOND / 2) return `${Math.round(time / SECOND)} s`;
  if (time < HOUR - SECOND / 2) return twoUnits(time, { big: MINUTE, small: SECOND, names: ["m", "s"] });
  if (time < DAY - MINUTE / 2) return twoUnits(time, { big: HOUR, small: MINUTE, names: ["h", "m"] });
  return twoUnits(time, { big: DAY, small: HOUR, names: ["d", "h"] });
}

/** An estimate, so in whole seconds: `5 s`, `1 m 12 s`. */
export function formatTimeLeft(milliseconds: number): string {
  const seconds = Math.max(1, Math.ceil(milliseconds / SECOND));
  return seconds < 60 ? `${seconds} s` : formatDuration(seconds * SECOND);
}

/** `1,234,567`, the same on every machine. */
export function formatCount(count: number): string {
  return String(count).replaceAll(/\B(?=(?:\d{3})+$)/g, ",");
}

/** `1 change`, `2 changes`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/** `42 %`; 100 only if everything is done. */
export function formatPercent(done: number, total: number): string {
  if (total <= 0) return "0 %";
  return `${Math.min(100, Math.floor((done / total) * 100))} %`;
}

/** Formats a reference with a shortened digest, marked with `…` so that it is not mistaken for a valid name. */
export function formatShortReference({ repository, tag, digest }: Reference): string {
  const name = formatReference({ repository, ...defined({ tag }) });
  return digest === undefined ? name : `${name}@${shortDigest(digest)}…`;
}

type TwoUnits = { readonly big: number; readonly small: number; readonly names: readonly [string, string] };

function twoUnits(time: number, { big, small, names }: TwoUnits): string {
  const smalls = Math.round(time / small);
  const perBig = big / small;
  return `${Math.floor(smalls / perBig)} ${names[0]} ${smalls % perBig} ${names[1]}`;
}
