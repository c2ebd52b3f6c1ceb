import type { Clock } from "../../model/ports.ts";
import type { OnReadProgress } from "../../model/read-progress.ts";
import { formatCount, formatDuration, plural } from "../words/format.ts";
import { fitLine } from "../words/fit-line.ts";
import { breakWords } from "../words/layout.ts";
import type { Style } from "../words/style.ts";
import { type Display, MARK_COLUMNS } from "./display.ts";
import type { Ending } from "./marks.ts";
import { RESERVED_COLUMNS } from "./task-list.ts";

/** The phases of a command before it writes anything, each of which stays on the screen with the time that it took. */
export type Phases = {
  /** Shows what the command waits for. */
  readonly working: (title: string) => void;
  /** Ends a phase. It began when the one before ended. */
  readonly ended: (title: string, ending?: Ending) => void;
  /** Shows how far the reading of registries is. Several readings are one phase, until `read` ends it. */
  readonly reading: OnReadProgress;
  readonly read: () => void;
};

export type PhasesOptions = {
  readonly style: Style;
  readonly clock: Pick<Clock, "monotonic">;
  /** When the first phase began. */
  readonly since: number;
};

const NO_BREAK_SPACE = "\u00A0";

export function createPhases(display: Display, { style, clock, since }: PhasesOptions): Phases {
  let start = since;
  let earlier = 0;
  let lookups = 0;
  const working = (title: string): void =>
    display.show(({ columns }) => ({ title: fitLine(title, columns - RESERVED_COLUMNS), subtasks: [] }));
  const ended = (title: string, ending: Ending = "done"): void => {
    const now = clock.monotonic();
    const took = `(${formatDuration(now - start)})`;
    // one word, so that it is not broken
    const word = took.replaceAll(" ", NO_BREAK_SPACE);
    start = now;
    const columns = display.size().columns - MARK_COLUMNS;
    const lines = breakWords(`${title} ${word}`, columns);
    display.stand({ ending, lines: lines.map((line) => line.replace(word, style.dim(took))) });
  };
  return {
    working,
    ended,
    reading: ({ answered, asked, isDone }) => {
      lookups = earlier + asked;
      if (isDone) earlier = lookups;
      else working(`reading registries: ${formatCount(earlier + answered)} of ${formatCount(lookups)}`);
    },
    read: () => {
      if (lookups > 0) ended(`read registries: ${plural(lookups, "lookup")}`);
      earlier = 0;
      lookups = 0;
    },
  };
}
