import type { Style } from "../words/style.ts";

/** How a task ended. `partly`: some of what it stands for failed. */
export type Ending = "done" | "partly" | "failed" | "skipped";

/** The marks that listr2 puts before a task, in the colours of our own output. */
export type Marks = {
  /** The mark of a task that has ended. */
  readonly of: (ending: Ending) => string;
  /** Moves the spinner of tasks in progress on by one step. */
  readonly spin: () => void;
  /** Options for listr2's renderer. */
  readonly forTasks: {
    readonly icon: { readonly PENDING: () => string };
    readonly color: { readonly PENDING: (icon?: string) => string };
  };
};

const COLORS: Readonly<Record<Ending, keyof Style>> = {
  done: "green",
  partly: "yellow",
  failed: "red",
  skipped: "dim",
};

export async function loadMarks(style: Style): Promise<Marks> {
  const { figures, Spinner } = await import("listr2");
  const spinner = new Spinner();
  const icons = {
    done: figures.tick,
    partly: figures.warning,
    failed: figures.cross,
    skipped: figures.arrowDown,
  };
  return {
    of: (ending) => style[COLORS[ending]](icons[ending]),
    spin: () => spinner.spin(),
    forTasks: {
      icon: { PENDING: () => spinner.fetch() },
      color: { PENDING: (icon = "") => style.cyan(icon) },
    },
  };
}
