import { entriesOf } from "../../model/plan.ts";
import { ageOver } from "../facts/age.ts";
import { agedImageOf, withoutAge } from "./aged-image.ts";
import { withNote } from "./note.ts";
import type { Rule } from "./rule.ts";

/**
 * Leaves out an image that is too old for the strictest of its entries. An image of unknown age is copied, because this rule saves space
 * and protects nothing. The tag counts as declared, so that it is not pruned at the target.
 */
export const maxAge: Rule =
  ({ facts, options }) =>
  (change) => {
    const image = agedImageOf(change);
    const limits = entriesOf(change).flatMap(({ maxAgeMs }) => (maxAgeMs === undefined ? [] : [maxAgeMs]));
    if (image === undefined || limits.length === 0) return change;
    const over = ageOver({ ...image, maxAgeMs: Math.min(...limits) }, facts, options);
    if (over === undefined || over.kind === "absent") return over && change;
    if (over.kind === "failed") return withoutAge(change, image, over.error);
    const { since, by } = over.value;
    const verb = by === "registry" ? "uploaded" : "made";
    return withNote({ ...change, action: "held" }, `older than maxAge: ${verb} ${since.toISOString().slice(0, 10)}`);
  };
