import { plural } from "../words/format.ts";
import { html, type Html } from "./escape.ts";

const UNITS = [
  { name: "day", seconds: 86_400 },
  { name: "hour", seconds: 3600 },
  { name: "minute", seconds: 60 },
  { name: "second", seconds: 1 },
] as const;

/** Shows a time in UTC to the second, with the full value for programs. */
export function absoluteTime(at: Date): Html {
  const text = at.toISOString();
  // on a narrow page the line breaks between date and time, not at the dashes
  const [date, clock] = [text.slice(0, 10), text.slice(11, 19)];
  return html`<time datetime="${text}"><span class="whole">${date}</span> <span class="whole">${clock}</span></time>`;
}

/** Shows how long ago a time is, or how far ahead, with the time itself as its title. */
export function relativeTime(at: Date, now: Date): Html {
  const text = at.toISOString();
  const title = `${text.slice(0, 10)} ${text.slice(11, 19)} UTC`;
  return html`<time class="whole" datetime="${text}" title="${title}">${describeDistance(at, now)}</time>`;
}

/** Shows a time relative to now, and the time itself beside it. */
export function bothTimes(at: Date, now: Date): Html {
  return html`${relativeTime(at, now)} <span class="faint small">${absoluteTime(at)}</span>`;
}

/** Shows how long something has lasted, and the time itself beside it. */
export function lastedSince(at: Date, now: Date): Html {
  const length = describeLength(now.getTime() - at.getTime());
  const since = html`<span class="faint small">since ${absoluteTime(at)}</span>`;
  return length === undefined ? since : html`for <span class="whole">${length}</span> ${since}`;
}

/** `12 minutes ago`, `in 3 hours`, `now`: in the largest unit that fits, rounded down. */
export function describeDistance(at: Date, now: Date): string {
  const milliseconds = at.getTime() - now.getTime();
  const length = describeLength(Math.abs(milliseconds));
  if (length === undefined) return "now";
  return milliseconds < 0 ? `${length} ago` : `in ${length}`;
}

/** Returns undefined for less than a second. */
function describeLength(milliseconds: number): string | undefined {
  const seconds = Math.floor(milliseconds / 1000);
  const unit = UNITS.find((one) => seconds >= one.seconds);
  return unit && plural(Math.floor(seconds / unit.seconds), unit.name);
}
