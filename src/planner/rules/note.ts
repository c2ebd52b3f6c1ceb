import type { Change } from "../../model/plan.ts";

/** Adds a note unless the change has it: changes of a saved plan have their notes already. */
export function withNote(change: Change, note: string): Change {
  return change.notes.includes(note) ? change : { ...change, notes: [...change.notes, note] };
}
