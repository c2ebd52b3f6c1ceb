import type { Advice } from "../products/product-facts.ts";
import { productAdvice } from "../products/table.ts";

/** Hints for refusals that several products word alike. */
const ADVICE: readonly Advice[] = [
  {
    matches: /manifest\.v1\+|schema ?(?:version )?1\b/i,
    statuses: [400, 404, 406, 415],
    hint: "the image is of Docker's old schema 1, which is not supported: rebuild or re-push it with a current tool",
  },
  {
    matches: /quota.{0,40}exceed|exceed.{0,60}quota/i,
    statuses: [403, 412, 413, 507],
    hint: "the project's quota at the registry is used up: free space there or raise the quota",
  },
];

/** Returns a hint for a refusal with this status and text, or undefined. */
export function adviceFor(status: number, said: string): string | undefined {
  return (
    productAdvice(status, said) ??
    ADVICE.find(({ matches, statuses }) => statuses.includes(status) && matches.test(said))?.hint
  );
}
