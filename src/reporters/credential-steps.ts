import type { Credential } from "../model/credential.ts";
import type { ErrorDetails } from "../model/error.ts";
import { displayWidth } from "./format.ts";
import { flow } from "./layout.ts";
import { type Escape, escapeFor, type RenderOptions } from "./options.ts";
import { forJson } from "./sanitize.ts";

/** One place where credentials may be, and what it said. */
export type CredentialStep = {
  readonly source: string;
  readonly outcome:
    | { readonly kind: "found"; readonly credential: Credential["kind"]; readonly origin: string }
    | { readonly kind: "none" }
    | { readonly kind: "not-asked" }
    | { readonly kind: "failed"; readonly error: ErrorDetails };
};

export type CredentialSearch = {
  /** `HOST` or `HOST/REPOSITORY`. */
  readonly place: string;
  readonly steps: readonly CredentialStep[];
};

export type ExplainFormat = "text" | "json";

/** What `auth explain --format` takes. */
export const EXPLAIN_FORMATS: Readonly<
  Record<ExplainFormat, (search: CredentialSearch, options: RenderOptions) => string>
> = { text: renderText, json: renderJson };

const KINDS: Readonly<Record<Credential["kind"], string>> = {
  basic: "a user name with a password",
  "identity-token": "an identity token",
  "registry-token": "a registry token",
};

function renderText({ place, steps }: CredentialSearch, options: RenderOptions): string {
  const escape = escapeFor(options);
  const width = Math.max(0, ...steps.map(({ source }) => displayWidth(escape(source))));
  const lines = steps.flatMap(({ source, outcome }) => {
    const head = `  ${escape(source)}${" ".repeat(width - displayWidth(escape(source)))}  `;
    return flow({ head, parts: describe(outcome, escape) }, { columns: options.columns, indentation: width + 4 });
  });
  return [options.style.bold(escape(place)), ...lines, `used: ${conclusion(steps, escape)}`, ""].join("\n");
}

function describe(outcome: CredentialStep["outcome"], escape: Escape): readonly string[] {
  if (outcome.kind === "none") return ["nothing"];
  if (outcome.kind === "not-asked") return ["not asked"];
  if (outcome.kind === "found") return [`${KINDS[outcome.credential]} (${escape(outcome.origin)})`];
  const { message, hint } = outcome.error;
  return [`failed: ${escape(message)}`, ...(hint === undefined ? [] : [`hint: ${escape(hint)}`])];
}

function conclusion(steps: readonly CredentialStep[], escape: Escape): string {
  for (const { outcome } of steps) {
    if (outcome.kind === "failed") return "nothing; a source that is broken fails the registry";
    if (outcome.kind === "found") return describe(outcome, escape).join();
  }
  return steps.length === 0 ? "no credentials; none are loaded for a stranger's manifest" : "no credentials";
}

function renderJson(search: CredentialSearch): string {
  return `${forJson({ version: 1, ...searchDocument(search) }, 2)}\n`;
}

/** A search as JSON documents hold it. */
export function searchDocument({ place, steps }: CredentialSearch): object {
  const found = steps.map(({ outcome }) => outcome).find(({ kind }) => kind === "found");
  const used = found?.kind === "found" ? { credential: found.credential, origin: found.origin } : null;
  return {
    for: place,
    used,
    steps: steps.map(({ source, outcome: { kind, ...rest } }) => ({ source, outcome: kind, ...rest })),
  };
}
