import { parseAuthFile } from "./source/auth-file.ts";
import { defined } from "../model/defined.ts";

export type HelperEntry = {
  /** Docker's key: the host, or Docker's URL for it. */
  readonly key: string;
  /** The NAME in docker-credential-NAME. */
  readonly helper: string;
};

export type HelperEdit = {
  /** The new content of the whole file. It may contain secrets. */
  readonly text: string;
  readonly kind: "add" | "replace" | "none";
  /** The current helper. */
  readonly previous?: string;
  /** `auths` has an entry for the key, which has no effect once the helper is configured. */
  readonly hidesAuths: boolean;
};

const DEFAULT_INDENTATION = "  ";

/**
 * Sets this entry in `credHelpers` of Docker's config.json. Everything else stays as it is: other keys, their order, indentation and line
 * endings. `text` is undefined if there is no file; `name` identifies the file in errors.
 * @throws ImgsyncError CREDENTIALS_FAILED if the text is not a valid config.json: such a file is not overwritten
 */
export function editHelper(text: string | undefined, { key, helper }: HelperEntry, name: string): HelperEdit {
  const before = text ?? "";
  const { auths, credHelpers } = parseAuthFile(before, name);
  const previous = credHelpers.get(key);
  const hidesAuths = (auths.get(key)?.size ?? 0) > 0;
  if (previous === helper) return { text: before, kind: "none", previous, hidesAuths };
  const helpers = Object.fromEntries([...credHelpers, [key, helper]]);
  const json = JSON.stringify({ ...objectOf(before), credHelpers: helpers }, undefined, indentationOf(before));
  return {
    text: withLineEndsOf(before, json),
    kind: previous === undefined ? "add" : "replace",
    ...defined({ previous }),
    hidesAuths,
  };
}

function objectOf(text: string): object {
  const value: unknown = text.trim() === "" ? {} : JSON.parse(text);
  return typeof value === "object" && value !== null ? value : {};
}

/** Returns the indentation of the first indented line, or an empty string if everything is on one line. */
function indentationOf(text: string): string {
  if (!/"\s*:/.test(text)) return DEFAULT_INDENTATION;
  return /\n([ \t]+)\S/.exec(text)?.[1] ?? "";
}

function withLineEndsOf(before: string, json: string): string {
  const end = before === "" || /\n\s*$/.test(before) ? "\n" : "";
  return before.includes("\r\n") ? (json + end).replaceAll("\n", "\r\n") : json + end;
}
