import type { Change } from "../../src/model/plan.ts";
import type { Digest } from "../../src/model/digest.ts";
import { isProblem, parseReference, type Reference } from "../../src/model/reference.ts";

/** Parses a reference that is a literal in a test. */
export function reference(text: string): Reference {
  const parsed = parseReference(text);
  if (isProblem(parsed)) throw new Error(`${text}: ${parsed.problem}`);
  return parsed;
}

/** Returns a change that creates `target` from `source`, with the fields of `rest` replaced. */
export function change(source: string, target: string, wanted: Digest, rest: Partial<Change> = {}): Change {
  const { repository, tag } = reference(target);
  if (tag === undefined) throw new Error(`no tag: ${target}`);
  return {
    action: "create",
    source: { kind: "registry", reference: reference(source) },
    target: { repository, tag },
    positions: [{ file: "images.yaml", line: 1, column: 1 }],
    engine: "registry",
    platforms: "all",
    referrers: true,
    sourceDigest: wanted,
    wanted,
    observed: null,
    notes: [],
    ...rest,
  };
}
