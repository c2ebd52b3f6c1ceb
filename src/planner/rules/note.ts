import type { Change } from "../../model/plan.ts";

/** The change with a note, once: a plan that was saved has its notes already. */
export function withNote(change: Change, note: string): Change {
  return change.notes.includes(note) ? change : { ...change, notes: [...change.notes, note] };
}
