/**
 * One form in which a secret may be repeated. `exact`: only the whole text matches. `run`: a match of `text` extends to the next space,
 * quote or other separator.
 */
export type SecretForm = { readonly text: string; readonly kind: "exact" | "run" };

/** Shorter texts occur everywhere: masking them would hide the output and protect nothing. */
export const SHORTEST_MASKED = 6;
/** This many characters identify a long token, even if it is truncated. */
const HEAD = 32;
const LONG = 48;
const TOKEN = /^[A-Za-z0-9._~+/=%-]+$/;
const COMMON = /^(?:[A-Za-z]{1,11}|[0-9]{1,11})$/;

/**
 * Returns the forms in which servers and programs repeat a secret: as it is, escaped for JSON, URLs, forms and HTML, and in base64 at any
 * offset, as in the base64 of `user:password` for any user. A secret shorter than {@link SHORTEST_MASKED} has no forms.
 */
export function formsOf(secret: string): readonly SecretForm[] {
  if (secret.length < SHORTEST_MASKED) return [];
  const texts = new Set(escapedForms(secret));
  const heads = new Set(base64Cores(secret).flatMap(base64Alphabets).map(headOf));
  return [
    ...[...texts].map((text): SecretForm =>
      text.length >= LONG && TOKEN.test(text) ? { text: headOf(text), kind: "run" } : { text, kind: "exact" },
    ),
    ...[...heads].map((text): SecretForm => ({ text, kind: "run" })),
  ];
}

/**
 * Whether a secret is a short word or number, such as "registry" or "12345678". Our own names and texts contain such words, so these
 * secrets are masked only in output of registries and programs.
 */
export function isCommonText(secret: string): boolean {
  return COMMON.test(secret);
}

function escapedForms(secret: string): readonly string[] {
  const json = JSON.stringify(secret).slice(1, -1);
  const component = encodeURIComponent(secret.toWellFormed());
  // Go's PathEscape does not escape these
  const path = component.replaceAll(/%(?:2B|26|3D|3A|40|24)/g, decodeURIComponent);
  const form = new URLSearchParams({ "": secret }).toString().slice(1);
  const html = secret.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  const quoted = html.replaceAll('"', "&quot;");
  return [
    secret,
    json,
    json.replaceAll("/", String.raw`\/`),
    ...[component, path, form].flatMap((text) => [text, text.replaceAll(/%[0-9A-F]{2}/g, (hex) => hex.toLowerCase())]),
    html,
    quoted.replaceAll("'", "&#39;"),
    quoted.replaceAll("'", "&#x27;"),
    quoted.replaceAll("'", "&apos;"),
    html.replaceAll('"', "&#34;").replaceAll("'", "&#39;"),
  ];
}

/** The base64 characters that depend on the secret alone, for each of the three offsets where it can begin. */
function base64Cores(secret: string): readonly string[] {
  const bytes = Buffer.from(secret, "utf8");
  return [0, 1, 2].map((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString("base64")
      .replaceAll("=", "");
    const whole = Math.floor(((offset + bytes.length) * 8) / 6);
    return encoded.slice(Math.ceil((offset * 8) / 6), whole);
  });
}

function base64Alphabets(core: string): readonly string[] {
  const escaped = encodeURIComponent(core);
  return [
    core,
    core.replaceAll("+", "-").replaceAll("/", "_"),
    core.replaceAll("/", String.raw`\/`),
    escaped,
    escaped.replaceAll(/%[0-9A-F]{2}/g, (hex) => hex.toLowerCase()),
  ];
}

function headOf(text: string): string {
  return text.slice(0, HEAD);
}
