import { parseAuthFile } from "./source/auth-file.ts";

export type HelperEntry = {
  /** As Docker looks it up: the host, or the URL that it has for one. */
  readonly key: string;
  /** NAME of docker-credential-NAME. */
  readonly helper: string;
};

export type HelperEdit = {
  /** The whole file as it is to be; it may hold secrets. */
  readonly text: string;
  readonly kind: "add" | "replace" | "none";
  /** The helper that stands there now. */
  readonly previous?: string;
  /** `auths` has something for the key, which counts no more once the helper is there. */
  readonly hidesAuths: boolean;
};

const DEFAULT_INDENTATION = "  ";

/**
 * Docker's config.json with this entry in `credHelpers`, and everything else as it was: other keys, their order, the
 * indentation, the line ends. `text` is undefined where there is no file; `name` says for people which one it is.
 * @throws ImgsyncError CREDENTIALS_FAILED where the text is no config.json: what is not understood is not written anew
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
    ...(previous === undefined ? {} : { previous }),
    hidesAuths,
  };
}

function objectOf(text: string): object {
  const value: unknown = text.trim() === "" ? {} : JSON.parse(text);
  return typeof value === "object" && value !== null ? value : {};
}

/** That of the first indented line; none where everything stands on one line. */
function indentationOf(text: string): string {
  if (!/"\s*:/.test(text)) return DEFAULT_INDENTATION;
  return /\n([ \t]+)\S/.exec(text)?.[1] ?? "";
}

function withLineEndsOf(before: string, json: string): string {
  const end = before === "" || /\n\s*$/.test(before) ? "\n" : "";
  return before.includes("\r\n") ? (json + end).replaceAll("\n", "\r\n") : json + end;
}
