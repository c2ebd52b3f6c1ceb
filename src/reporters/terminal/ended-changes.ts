import type { ChangeResult } from "../../model/event.ts";
import type { Change } from "../../model/plan.ts";
import { formatRepository } from "../../model/reference.ts";
import type { RenderOptions } from "../words/options.ts";
import { renderApplied, renderInFull, renderRepository, type RepositoryResult } from "./ended-lines.ts";
import type { EndedTask } from "./display.ts";

/** The changes of a run that have ended, as the tasks that stay on the screen. */
export type EndedChanges = {
  /** Returns what to show for a change that ends now. */
  readonly add: (change: Change, result: ChangeResult, time: number) => readonly EndedTask[];
  /** Returns what was not shown yet, because the run ended before the rest of its repository. */
  readonly rest: () => readonly EndedTask[];
  readonly isShown: (change: Change) => boolean;
};

/** A run with more changes shows one line for each repository, and no line for each tag. */
export const FOLD_ABOVE = 30;

/**
 * Every change that did not end as planned is shown in full, with its hint. Of the others, each has a line, or in a large run each repository has
 * one when its last change ends. `render` is called for each line, because the terminal may have been resized.
 */
export function createEndedChanges(changes: readonly Change[], render: () => RenderOptions): EndedChanges {
  const groups = changes.length > FOLD_ABOVE ? groupByRepository(changes) : new Map<string, Group>();
  const shown = new Set<Change>();
  const show = (change: Change, result: ChangeResult): readonly EndedTask[] => {
    const isFull = !isDone(result) || result.notes.length > 0;
    // the report counts what did not start
    if (result.outcome === "skipped" && result.error === undefined) return [];
    shown.add(change);
    return [isFull ? renderInFull(change, result, render()) : renderApplied(change, result, render())];
  };
  const close = (group: Group): readonly EndedTask[] => {
    for (const { change } of group.results) shown.add(change);
    return group.isAnyDone ? [renderRepository(group, render())] : [];
  };
  return {
    isShown: (change) => shown.has(change),
    add: (change, result, time) => {
      const group = groups.get(keyOf(change));
      if (group === undefined || !group.changes.has(change)) return show(change, result);
      const isFolded = isDone(result) && result.notes.length === 0;
      const own = isFolded ? [] : show(change, result);
      group.results.push({ change, result });
      group.isAnyDone ||= isFolded;
      group.start = Math.min(group.start, time - result.milliseconds);
      group.end = time;
      if (group.results.length < group.changes.size) return own;
      groups.delete(keyOf(change));
      return [...own, ...close(group)];
    },
    rest: () => {
      const open = [...groups.values()].filter(({ results }) => results.length > 0);
      groups.clear();
      return open.flatMap(close);
    },
  };
}

type Group = RepositoryResult & {
  readonly changes: ReadonlySet<Change>;
  readonly results: { readonly change: Change; readonly result: ChangeResult }[];
  start: number;
  end: number;
  /** Whether the line of the repository says anything that was not shown yet. */
  isAnyDone: boolean;
};

/** Repositories with a single change are left out: its own line says more. */
function groupByRepository(changes: readonly Change[]): Map<string, Group> {
  const groups = Map.groupBy(changes, keyOf);
  return new Map(
    [...groups].flatMap(([key, own]) => {
      const [first] = own;
      if (first === undefined || own.length === 1) return [];
      const { repository } = first.target;
      const group = { repository, changes: new Set(own), results: [], start: Infinity, end: 0, isAnyDone: false };
      return [[key, group] as const];
    }),
  );
}

function keyOf({ target }: Change): string {
  return formatRepository(target.repository);
}

function isDone({ outcome }: ChangeResult): boolean {
  return outcome === "applied" || outcome === "unchanged";
}
