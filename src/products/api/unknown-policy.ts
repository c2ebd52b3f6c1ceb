import type { TagPolicy } from "../../model/tag-policy.ts";
import type { ApiAnswer } from "../../http/api.ts";

/** The policy if it could not be determined, with the reason. */
export function unknownPolicy(by: string, unknown: string): TagPolicy {
  return { by, immutable: [], unknown };
}

/** The policy if the API responded with a status other than 200. */
export function refusedPolicy(by: string, { status }: ApiAnswer, needs: string): TagPolicy {
  return unknownPolicy(by, `${by} answered ${status}; that needs ${needs}`);
}
