import { asObject } from "../model/json.ts";
import { maskEcho } from "../model/secret.ts";
import { defined } from "../model/defined.ts";

/** One element of a registry's `errors` list. Registries omit any of the three fields. OCI distribution-spec, "Error Codes". */
export type RegistryErrorItem = { readonly code: string; readonly message: string; readonly detail?: string };

const MAX_ITEMS = 10;
const MAX_DEPTH = 4;
const MAX_DETAIL = 300;
const MAX_REASON = 1000;

/** Keys that hold a reason in responses that do not follow the specification, most specific first. In lower case, without `_` and `-`. */
const REASON_KEYS: readonly string[] = [
  "errordescription", // OAuth 2
  "message",
  "errormessage",
  "msg",
  "error",
  "errors",
  "reason",
  "description",
  "title", // problem details, RFC 9457
  "detail",
  "details",
];
/** Keys that repeat the request or mean nothing to users. */
const MEANINGLESS_KEYS: ReadonlySet<string> = new Set([
  "@type",
  "type",
  "status",
  "code",
  "timestamp",
  "path",
  "requestid",
]);

/** Parses the registry's error list. Returns an empty list if the body is something else. Secrets that the registry echoes are masked. */
export function parseErrorItems(body: string): readonly RegistryErrorItem[] {
  const errors = fieldsOf(parseJson(maskEcho(body))).get("errors");
  if (!Array.isArray(errors)) return [];
  return errors.slice(0, MAX_ITEMS).flatMap((item: unknown) => {
    const fields = fieldsOf(item);
    const code = textOf(fields.get("code"));
    const message = textOf(fields.get("message"));
    const detail = shorten(flatten(fields.get("detail")), MAX_DETAIL);
    // a number alone adds nothing to the status
    if (message === "" && typeof fields.get("code") !== "string") return [];
    return [{ code, message, ...defined({ detail: detail === "" ? undefined : detail }) }];
  });
}

/**
 * Describes a refusal in one line: the error list with its details, other text found in the JSON, or the first line of plain text. HTML
 * pages yield an empty string.
 */
export function describeReasons(body: string, items: readonly RegistryErrorItem[]): string {
  if (items.length > 0) return shorten(items.map(describeItem).join("; "), MAX_REASON);
  const masked = maskEcho(body);
  const json = parseJson(masked);
  if (json !== undefined) return shorten(distinct(reasonsIn(json, 0)).join("; "), MAX_DETAIL);
  const line = masked.trim().split("\n", 1)[0] ?? "";
  return line.startsWith("<") || line.startsWith("{") ? "" : shorten(line, MAX_DETAIL);
}

function describeItem({ code, message, detail }: RegistryErrorItem): string {
  const said = [code, message].filter((part) => part !== "").join(": ");
  if (detail === undefined || said.includes(detail)) return said;
  return `${said} (${detail})`;
}

function reasonsIn(value: unknown, depth: number): readonly string[] {
  if (typeof value === "string") return value.trim() === "" ? [] : [value.trim()];
  if (depth > MAX_DEPTH) return [];
  if (Array.isArray(value)) return value.slice(0, MAX_ITEMS).flatMap((item) => reasonsIn(item, depth + 1));
  const fields = fieldsOf(value);
  const reasons = REASON_KEYS.flatMap((wanted) =>
    [...fields].filter(([key]) => plainKey(key) === wanted).flatMap(([, field]) => reasonsIn(field, depth + 1)),
  );
  // an object keyed by field name, such as { "errors": { "name": ["is reserved"] } }
  return reasons.length > 0 || depth === 0 ? reasons : pairsIn(fields, depth);
}

/** Flattens a detail of any shape: its reasons first, then its other fields. */
function flatten(value: unknown, depth = 0): string {
  if (typeof value === "string") return value.trim();
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (depth > MAX_DEPTH) return "";
  if (Array.isArray(value)) {
    return distinct(value.slice(0, MAX_ITEMS).map((item) => flatten(item, depth + 1))).join(", ");
  }
  const fields = fieldsOf(value);
  const words = [...fields].filter(([key]) => REASON_KEYS.includes(plainKey(key)));
  const others = new Map([...fields].filter(([key]) => !REASON_KEYS.includes(plainKey(key))));
  return distinct([...words.map(([, field]) => flatten(field, depth + 1)), ...pairsIn(others, depth)]).join(", ");
}

function pairsIn(fields: ReadonlyMap<string, unknown>, depth: number): readonly string[] {
  return [...fields].slice(0, MAX_ITEMS).flatMap(([key, field]) => {
    const text = MEANINGLESS_KEYS.has(plainKey(key)) ? "" : flatten(field, depth + 1);
    return text === "" ? [] : [`${key} ${text}`];
  });
}

function parseJson(text: string): unknown {
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === "object" && json !== null ? json : undefined;
  } catch {
    return undefined; // a proxy's page or an empty body
  }
}

/** Returns an untrusted JSON object as a Map, or an empty Map for anything else. Threat T25. */
function fieldsOf(value: unknown): ReadonlyMap<string, unknown> {
  return asObject(value) ?? new Map();
}

function textOf(value: unknown): string {
  if (typeof value === "number") return String(value);
  return typeof value === "string" ? value.trim() : "";
}

function plainKey(key: string): string {
  return key.toLowerCase().replaceAll(/[_-]/g, "");
}

function distinct(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)].filter((text) => text !== "");
}

function shorten(text: string, max: number): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line.length <= max ? line : `${line.slice(0, max).toWellFormed()}…`;
}
