import { Cron } from "croner";
import type { Key } from "./key.ts";
import { TEXT } from "./text.ts";

/**
 * The schedule of watch for this entry: a cron pattern with five fields, six with leading seconds, or a name such as @daily. Default: the
 * schedule of the watch command.
 */
export const schedule: Key<"schedule"> = {
  name: "schedule",
  text: TEXT,
  read: (written, { report }) => {
    if (written === undefined) return {};
    const problem = scheduleProblem(written);
    if (problem === undefined) return { schedule: written };
    report({
      message: `"${written}" is not a valid schedule: ${problem}`,
      hint: 'write a cron pattern, such as "*/15 * * * *"',
    });
    return {};
  },
};

const ANY_DAY = new Date("2024-01-01T00:00:00Z");

/** Returns why a text is not a valid cron pattern. */
export function scheduleProblem(text: string): string | undefined {
  // croner also accepts points in time, and a past one would never fire
  if (/^\d{4}-/.test(text.trim())) return "it is one point in time";
  try {
    const next = new Cron(text, { timezone: "UTC" }).nextRun(ANY_DAY);
    return next === null ? "it never fires" : undefined;
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message.replace(/^CronPattern: /, "") : "it is not a cron pattern";
  }
}
