import type { Change, EntryFailure, Plan } from "../../model/plan.ts";

/** The changes of a plan by the part of the page that they stand in. */
export type Rows = {
  readonly blocked: readonly Change[];
  readonly errors: readonly Change[];
  readonly failures: readonly EntryFailure[];
  /** What neither stands in the way nor is as it was: whatever action a plan knows. */
  readonly others: readonly Change[];
  readonly unchanged: readonly Change[];
  /** How many were left out. */
  readonly more: number;
};

type Limits = {
  readonly rows: number;
  readonly characters: number;
  /** How many characters one takes on the page. */
  readonly lengthOf: (row: Change | EntryFailure) => number;
};

/** No more rows than a page can have; what needs no attention is left out first. */
export function fitRows({ changes, failures = [] }: Plan, limits: Limits): Rows {
  const blocked = changes.filter(({ action }) => action === "blocked");
  const errors = changes.filter(({ action }) => action === "error");
  const unchanged = changes.filter(({ action }) => action === "none");
  const others = changes.filter(({ action }) => !["blocked", "error", "none"].includes(action));
  let left = countFitting([...blocked, ...errors, ...failures, ...others, ...unchanged], limits);
  const take = <Row>(rows: readonly Row[]): readonly Row[] => {
    const taken = rows.slice(0, left);
    left -= taken.length;
    return taken;
  };
  const more = changes.length + failures.length - left;
  // the order decides who goes
  return {
    blocked: take(blocked),
    errors: take(errors),
    failures: take(failures),
    others: take(others),
    unchanged: take(unchanged),
    more,
  };
}

function countFitting(rows: readonly (Change | EntryFailure)[], { rows: max, characters, lengthOf }: Limits): number {
  let [count, length] = [0, 0];
  for (const row of rows.slice(0, max)) {
    length += lengthOf(row);
    if (length > characters) break;
    count += 1;
  }
  return count;
}
