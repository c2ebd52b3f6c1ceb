import type { TagReference } from "../../model/reference.ts";
import { pullQuotaOf } from "../../products/table.ts";
import type { Facts } from "./facts.ts";
import type { PlanOptions } from "./plan-options.ts";

/**
 * Wraps facts so that questions about sources say where their images go. Then one GET by tag may replace a HEAD and a GET by digest. Hosts
 * at which a GET counts as a pull are asked as before, because the plan does not read their manifests.
 */
export function towards({ repository }: TagReference, facts: Facts, { sizes }: PlanOptions): Facts {
  return {
    ...facts,
    resolve: (reference, side) =>
      side === "source" && (sizes === true || pullQuotaOf(reference.repository.host) === undefined)
        ? facts.resolve(reference, side, repository)
        : facts.resolve(reference, side),
  };
}
