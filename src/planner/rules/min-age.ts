import { entriesOf } from "../../model/plan.ts";
import { ageCheckOf } from "../facts/age.ts";
import { agedImageOf, withoutAge } from "./aged-image.ts";
import type { Rule } from "./rule.ts";

/** Holds back an image that is too young for the strictest of its entries. */
export const minAge: Rule =
  ({ facts, options }) =>
  (change) => {
    const image = agedImageOf(change);
    const minAgeMs = Math.max(0, ...entriesOf(change).map((entry) => entry.minAgeMs ?? 0));
    if (image === undefined || minAgeMs === 0) return change;
    const ageCheck = ageCheckOf({ ...image, minAgeMs }, facts, options);
    if (ageCheck === undefined) return undefined;
    if (ageCheck.kind === "absent") return change;
    if (ageCheck.kind === "failed") return withoutAge(change, image, ageCheck.error);
    return { ...change, action: "held", held: ageCheck.value };
  };
