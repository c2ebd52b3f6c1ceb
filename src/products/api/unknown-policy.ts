import type { TagPolicy } from "../../model/tag-policy.ts";
import type { ApiAnswer } from "../../http/api.ts";

/** Nobody could tell, and why. */
export function unknownPolicy(by: string, unknown: string): TagPolicy {
  return { by, immutable: [], unknown };
}

/** What an answer other than 200 says about itself. */
export function refusedPolicy(by: string, { status }: ApiAnswer, needs: string): TagPolicy {
  return unknownPolicy(by, `${by} answered ${status}; that needs ${needs}`);
}
