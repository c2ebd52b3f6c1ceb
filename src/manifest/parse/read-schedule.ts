import { Cron } from "croner";
import type { FileContext } from "./file-context.ts";
import type { Path } from "./nodes.ts";

/** A cron pattern: five fields, or six with seconds in front, or a name such as @daily. What is wrong with it is reported. */
export function readSchedule(text: string | undefined, path: Path, { report }: FileContext): string | undefined {
  if (text === undefined) return undefined;
  const problem = scheduleProblem(text);
  if (problem === undefined) return text;
  report(path, {
    message: `"${text}" is no schedule: ${problem}`,
    hint: 'write a cron pattern, such as "*/15 * * * *"',
  });
  return undefined;
}

const ANY_DAY = new Date("2024-01-01T00:00:00Z");

/** Why a text is no cron pattern, if so. */
export function scheduleProblem(text: string): string | undefined {
  // croner also takes points in time, and a schedule that is over would never run
  if (/^\d{4}-/.test(text.trim())) return "it is one point in time";
  try {
    const next = new Cron(text, { timezone: "UTC" }).nextRun(ANY_DAY);
    return next === null ? "it never comes" : undefined;
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message.replace(/^CronPattern: /, "") : "it cannot be read";
  }
}
