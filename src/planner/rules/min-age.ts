import type { ErrorDetails } from "../../model/error.ts";
import { entriesOf } from "../../model/plan.ts";
import { formatReference } from "../../model/reference.ts";
import { youthOf } from "../facts/age.ts";
import type { Rule } from "./rule.ts";

/** Holds back an image that is too young for the strictest of its entries. */
export const minAge: Rule =
  ({ facts, options }) =>
  (change) => {
    const { action, source, sourceDigest, platforms } = change;
    if (action !== "create" && action !== "update") return change;
    const minAgeMs = Math.max(0, ...entriesOf(change).map((entry) => entry.minAgeMs ?? 0));
    if (minAgeMs === 0 || source.kind !== "registry" || sourceDigest === undefined) return change;
    const reference = { repository: source.reference.repository, digest: sourceDigest };
    const youth = youthOf({ reference, platforms, minAgeMs }, facts, options);
    if (youth === undefined) return undefined;
    if (youth.kind === "absent") return change;
    if (youth.kind === "found") return { ...change, action: "held", held: youth.value };
    const error: ErrorDetails = { side: "source", reference: formatReference(reference), ...youth.error };
    return { ...change, action: "error", error };
  };
