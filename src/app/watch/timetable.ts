import { Cron } from "croner";
import type { DueTime } from "../../model/watch.ts";

/** When each schedule is due. A schedule that fires several times before it is taken counts once. */
export type Timetable = {
  /**
   * Sets the schedules of a manifest, each with its number of entries. All are due at once, because a new manifest is applied immediately.
   */
  readonly set: (schedules: ReadonlyMap<string, number>, now: Date) => void;
  /** Returns the schedules that are due, and moves each to its next time. */
  readonly takeDue: (now: Date) => readonly string[];
  /** Soonest first. */
  readonly list: () => readonly DueTime[];
};

export type TimetableOptions = {
  /** IANA name, such as Europe/Paris. */
  readonly timezone: string;
  /** Maximum random delay after the scheduled time, so that many instances do not query a registry in the same second. */
  readonly jitterMs: number;
  /** Returns a number from 0 to 1. */
  readonly random: () => number;
};

type Row = { readonly at: Date; readonly entries: number };

export function createTimetable({ timezone, jitterMs, random }: TimetableOptions): Timetable {
  let rows: ReadonlyMap<string, Row> = new Map();
  const timeAfter = (schedule: string, now: Date): Date => {
    const next = new Cron(schedule, { timezone }).nextRun(now);
    // a pattern such as 30 February never fires
    if (next === null) return NEVER;
    return new Date(next.getTime() + Math.floor(random() * jitterMs));
  };
  return {
    set: (schedules, now) => {
      rows = new Map([...schedules].map(([schedule, entries]) => [schedule, { at: now, entries }]));
    },
    takeDue: (now) => {
      const due = [...rows].filter(([, { at }]) => at <= now);
      rows = new Map([...rows, ...due.map(([name, row]) => [name, { ...row, at: timeAfter(name, now) }] as const)]);
      return due.map(([name]) => name);
    },
    list: () =>
      [...rows]
        .map(([schedule, { at, entries }]) => ({ schedule, entries, at }))
        .sort((a, b) => a.at.getTime() - b.at.getTime()),
  };
}

/** The last day that a Date prints with a four-digit year. */
const NEVER = new Date("9999-12-31T00:00:00Z");
