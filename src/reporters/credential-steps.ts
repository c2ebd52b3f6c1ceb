import type { Credential } from "../model/credential.ts";
import type { CredentialSearch, CredentialStep } from "../model/credential-search.ts";
import { displayWidth } from "./words/width.ts";
import { plural } from "./words/format.ts";
import { flow } from "./words/layout.ts";
import { type Escape, escapeFor, type RenderOptions } from "./words/options.ts";
import { forJson } from "../text/sanitize.ts";

export type ExplainFormat = "text" | "json";

/** The formats of `auth explain --format`. */
export const EXPLAIN_FORMATS: Readonly<
  Record<ExplainFormat, (search: CredentialSearch, options: RenderOptions) => string>
> = { text: renderText, json: renderJson };

const KINDS: Readonly<Record<Credential["kind"], string>> = {
  basic: "a user name with a password",
  "identity-token": "an identity token",
  "registry-token": "a registry token",
};

function renderText({ place, steps, isLayout, now }: CredentialSearch, options: RenderOptions): string {
  const escape = escapeFor(options);
  const width = Math.max(0, ...steps.map(({ source }) => displayWidth(escape(source))));
  const lines = steps.flatMap(({ source, outcome }) => {
    const head = `  ${escape(source)}${" ".repeat(width - displayWidth(escape(source)))}  `;
    return flow(
      { head, parts: describe(outcome, { escape, now }) },
      { columns: options.columns, indentation: width + 4 },
    );
  });
  return [
    options.style.bold(escape(place)),
    ...lines,
    `used: ${conclusion({ steps, isLayout }, { escape, now })}`,
    "",
  ].join("\n");
}

type Words = { readonly escape: Escape; readonly now: Date };

function describe(outcome: CredentialStep["outcome"], { escape, now }: Words): readonly string[] {
  if (outcome.kind === "none") return ["nothing"];
  if (outcome.kind === "not-asked") return ["not asked"];
  if (outcome.kind === "found") {
    const left = outcome.expiresAt === undefined ? "" : `, ${timeLeft(outcome.expiresAt, now)}`;
    return [`${KINDS[outcome.credential]} (${escape(outcome.origin)})${left}`];
  }
  const { message, hint } = outcome.error;
  return [`failed: ${escape(message)}`, ...(hint === undefined ? [] : [`hint: ${escape(hint)}`])];
}

function timeLeft(expiresAt: Date, now: Date): string {
  const minutes = Math.floor((expiresAt.getTime() - now.getTime()) / 60_000);
  if (expiresAt <= now) return "expired";
  if (minutes < 1) return "less than a minute left";
  return `${plural(minutes, "minute")} left`;
}

function conclusion({ steps, isLayout }: Pick<CredentialSearch, "steps" | "isLayout">, words: Words): string {
  for (const { outcome } of steps) {
    if (outcome.kind === "failed") return "none: a source that fails is not skipped";
    if (outcome.kind === "found") return describe(outcome, words).join();
  }
  if (isLayout) return "none: an OCI layout needs no credentials";
  return steps.length === 0 ? "none: credentials are not loaded for an untrusted manifest" : "no credentials";
}

function renderJson(search: CredentialSearch): string {
  return `${forJson({ version: 1, ...searchDocument(search) }, 2)}\n`;
}

/** The form of a search in JSON documents, in which its dates become text. */
export function searchDocument({ place, steps }: Pick<CredentialSearch, "place" | "steps">): object {
  const found = steps.map(({ outcome }) => outcome).find(({ kind }) => kind === "found");
  return {
    for: place,
    used: found === undefined ? null : detailsOf(found),
    steps: steps.map(({ source, outcome }) => ({ source, outcome: outcome.kind, ...detailsOf(outcome) })),
  };
}

function detailsOf(outcome: CredentialStep["outcome"]): object {
  const { kind: _, ...details } = outcome;
  return details;
}
