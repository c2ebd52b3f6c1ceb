import type { ErrorDetails } from "../../model/error.ts";
import type { Report } from "../../model/event.ts";
import type { Change, EntryFailure, Plan } from "../../model/plan.ts";
import type { Clock } from "../../model/ports.ts";
import { formatPosition } from "../../model/position.ts";
import { formatRepository } from "../../model/reference.ts";

/** Limits how many tags the runs of one process may delete in 24 hours. A restart resets it. */
export type DeleteBudget = {
  /**
   * Returns the plan, without its deletes if there are more than the budget allows, and then with a failure for each affected repository.
   */
  readonly limit: (plan: Plan, perDay: number) => Plan;
  /** Subtracts the deletes of a run from the budget. */
  readonly count: (report: Report) => void;
};

const DAY_MS = 24 * 60 * 60 * 1000;

export function createDeleteBudget({ monotonic }: Pick<Clock, "monotonic">): DeleteBudget {
  let spent: readonly { readonly at: number; readonly count: number }[] = [];
  return {
    limit: (plan, perDay) => {
      spent = spent.filter(({ at }) => monotonic() - at < DAY_MS);
      const deleted = spent.reduce((sum, { count }) => sum + count, 0);
      const deletes = plan.changes.filter(({ action }) => action === "delete");
      if (deletes.length === 0 || deleted + deletes.length <= perDay) return plan;
      const byRepository = Map.groupBy(deletes, ({ target }) => formatRepository(target.repository));
      const refused = [...byRepository.values()].flatMap((changes) =>
        refuse(changes, { deleted, planned: deletes.length, perDay }),
      );
      return {
        ...plan,
        changes: plan.changes.filter(({ action }) => action !== "delete"),
        failures: [...(plan.failures ?? []), ...refused],
      };
    },
    count: ({ results }) => {
      const count = results.filter(
        ({ change, result }) => change.action === "delete" && result.outcome === "applied",
      ).length;
      if (count > 0) spent = [...spent, { at: monotonic(), count }];
    },
  };
}

type Counts = { readonly deleted: number; readonly planned: number; readonly perDay: number };

function refuse(changes: readonly Change[], { deleted, planned, perDay }: Counts): readonly EntryFailure[] {
  const [first] = changes;
  if (first === undefined || first.source.kind !== "registry") return [];
  const { target, source } = first;
  const positions = changes.flatMap((change) => change.positions);
  const here = changes.length === planned ? "" : ` (${changes.length} of them here)`;
  const error: ErrorDetails = {
    code: "LIMIT_EXCEEDED",
    side: "target",
    reference: formatRepository(target.repository),
    message: `${planned} ${planned === 1 ? "tag" : "tags"} would be deleted${here}, and ${deleted} have been in the last 24 hours, of at most ${perDay}: nothing is deleted`,
    hint: "to delete them now, run imgsync apply; to allow more each day, set --max-deletes-per-day",
  };
  return [
    {
      positions: [...new Map(positions.map((one) => [formatPosition(one), one])).values()],
      source: source.reference.repository,
      targets: [target.repository],
      error,
    },
  ];
}
