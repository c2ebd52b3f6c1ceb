import type { Event } from "../model/event.ts";
import { escapeFor, type RenderOptions } from "./words/options.ts";

/** `warning: HOST/NAME:TAG: message`. */
export function renderWarning(
  { message, reference }: Extract<Event, { readonly type: "warning" }>,
  options: RenderOptions,
): string {
  const escape = escapeFor(options);
  const about = reference === undefined || message.includes(reference) ? "" : `${escape(reference)}: `;
  return `${options.style.yellow("warning:")} ${about}${escape(message)}`;
}
