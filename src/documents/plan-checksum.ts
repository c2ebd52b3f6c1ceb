import { canonicalJson } from "../model/canonical-json.ts";
import { createDigester, type Digest } from "../model/digest.ts";

/**
 * The digest of a saved plan without its own `checksum`. Detects a plan that was edited or truncated after it was made. It does not
 * authenticate the plan: anyone who can write the file can compute it again.
 */
export function planChecksum(document: object): Digest {
  const { checksum: _, changes, ...rest } = document as { readonly checksum?: unknown; readonly changes?: unknown };
  const digester = createPlanDigester(rest);
  if (Array.isArray(changes)) for (const change of changes) digester.update(change);
  return digester.digest();
}

/** Computes the checksum of a plan while its changes pass by, so that the text of all of them is never in memory. */
export type PlanDigester = {
  /** Takes the next change of the document. */
  readonly update: (change: unknown) => void;
  /** Returns the checksum; to be called once, after the last change. */
  readonly digest: () => Digest;
};

/** `rest`: the document without its changes and its checksum. */
export function createPlanDigester(rest: object): PlanDigester {
  const digester = createDigester("sha256");
  const encoder = new TextEncoder();
  const add = (text: string): void => digester.update(encoder.encode(text));
  const members = Object.entries(rest)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ({ key, text: `${JSON.stringify(key)}:${canonicalJson(value)}` }))
    .toSorted((one, other) => (one.key < other.key ? -1 : 1));
  const before = members.filter(({ key }) => key < CHANGES).map(({ text }) => `${text},`);
  const after = members.filter(({ key }) => key > CHANGES).map(({ text }) => `,${text}`);
  add(`{${before.join("")}"${CHANGES}":[`);
  let isFirst = true;
  return {
    update: (change) => {
      add(`${isFirst ? "" : ","}${canonicalJson(change)}`);
      isFirst = false;
    },
    digest: () => {
      add(`]${after.join("")}}`);
      return digester.digest();
    },
  };
}

const CHANGES = "changes";
