import type { Change, EntryFailure, Plan } from "../../model/plan.ts";

/** The changes of a plan, by section of the page. */
export type Rows = {
  readonly blocked: readonly Change[];
  readonly errors: readonly Change[];
  readonly failures: readonly EntryFailure[];
  /** All other actions, whatever they are. */
  readonly others: readonly Change[];
  readonly unchanged: readonly Change[];
  /** How many rows were left out. */
  readonly more: number;
};

type Limits = {
  readonly rows: number;
  readonly characters: number;
  /** The number of characters of a row on the page. */
  readonly lengthOf: (row: Change | EntryFailure) => number;
};

/** Limits the rows to what a page can hold. Rows that need no attention are left out first. */
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
  // the order determines which rows are left out
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
