import type { Plan } from "../../../src/model/plan.ts";

/** Returns the plan as a file holds it, without the origins, which are found in the manifest again. */
export function withoutOrigins(plan: Plan): Plan {
  const changes = plan.changes.map(strip);
  const failures = plan.failures?.map(strip);
  return { ...plan, changes, ...(failures === undefined ? {} : { failures }) };
}

function strip<T extends { readonly origins?: unknown }>(value: T): Omit<T, "origins"> {
  const { origins: _, ...rest } = value;
  return rest;
}
