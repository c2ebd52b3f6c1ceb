import type { Plan } from "../../../src/model/plan.ts";

/** A plan as a file holds it: what it comes from is found in the manifest again. */
export function withoutOrigins(plan: Plan): Plan {
  const changes = plan.changes.map(strip);
  const failures = plan.failures?.map(strip);
  return { ...plan, changes, ...(failures === undefined ? {} : { failures }) };
}

function strip<T extends { readonly origins?: unknown }>(value: T): Omit<T, "origins"> {
  const { origins: _, ...rest } = value;
  return rest;
}
