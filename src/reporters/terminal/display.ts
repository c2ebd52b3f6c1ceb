import type { Clock } from "../../model/ports.ts";
import { likeStream, type TextStream } from "../text-stream.ts";
import type { Style } from "../words/style.ts";
import { type Ending, loadMarks } from "./marks.ts";
import { type BufferedOutput, createBufferedOutput, type LiveTask, startTaskList, type TaskList } from "./task-list.ts";

/** The size of a terminal in characters. */
export type Size = { readonly columns: number; readonly rows: number };

/** Returns the task to draw, and its subtasks, on a terminal of this size. */
export type Frame = (size: Size) => LiveTask;

/** Lines that stay on the screen: the first one has the mark of how the task ended. */
export type EndedTask = { readonly ending: Ending; readonly lines: readonly string[] };

/** A terminal on which ended tasks and text scroll up, while tasks in progress are redrawn below them. */
export type Display = {
  /** Text written to it stays, above the tasks in progress. */
  readonly stream: TextStream;
  readonly size: () => Size;
  /** Returns the text of a task that has ended. */
  readonly text: (task: EndedTask) => string;
  /** Adds a task that has ended. */
  readonly stand: (task: EndedTask) => void;
  /** Draws the tasks in progress several times a second. */
  readonly show: (frame: Frame) => void;
  /** Removes the tasks in progress, and writes what still waits. */
  readonly hide: () => Promise<void>;
};

export type DisplayOptions = { readonly style: Style; readonly clock: Pick<Clock, "sleep"> };

/** Columns taken by the mark of an ended task. */
export const MARK_COLUMNS = 2;
const REDRAW_INTERVAL_MS = 100;
/** Wider lines are hard to read, and a terminal that is made narrower breaks them in two. */
const MAX_COLUMNS = 120;

export async function openDisplay(stream: TextStream, { style, clock }: DisplayOptions): Promise<Display> {
  const marks = await loadMarks(style);
  const size = (): Size => sizeOf(stream);
  const output = await createBufferedOutput({
    get columns() {
      return size().columns;
    },
    get rows() {
      return size().rows;
    },
  });
  const tasks = createTasks(output, (first) => startTaskList(output, first, marks));
  let waiting = "";
  let frame: Frame | undefined;
  let drawing: { readonly stop: AbortController; readonly end: Promise<void> } | undefined;

  const write = (text: string): void => {
    if (drawing === undefined) stream.write(text);
    else waiting += text;
  };
  const text = ({ ending, lines: [first = "", ...rest] }: EndedTask): string =>
    [`${marks.of(ending)} ${first}`, ...rest.map((line) => " ".repeat(MARK_COLUMNS) + line), ""].join("\n");
  const takeWaiting = (): string => {
    const text = waiting;
    waiting = "";
    return text;
  };
  const draw = async (): Promise<void> => {
    marks.spin();
    if (frame !== undefined) await tasks.draw(takeWaiting(), frame(size()), size());
    const text = output.take();
    if (text !== "") stream.write(text);
  };
  const keepDrawing = async (stop: AbortSignal): Promise<void> => {
    try {
      while (!stop.aborted) {
        await draw();
        await clock.sleep(REDRAW_INTERVAL_MS, stop).catch(() => undefined);
      }
    } finally {
      await tasks.end();
      stream.write(output.take() + takeWaiting());
    }
  };
  return {
    stream: likeStream(stream, write),
    size,
    text,
    stand: (task) => write(text(task)),
    show: (next) => {
      frame = next;
      if (drawing !== undefined) return;
      const stop = new AbortController();
      const end = keepDrawing(stop.signal);
      // hide() reports the error; until then the rejection is unhandled
      end.catch(() => undefined);
      drawing = { stop, end };
    },
    hide: async () => {
      const ending = drawing;
      ending?.stop.abort();
      try {
        await ending?.end;
      } finally {
        if (drawing === ending) drawing = undefined;
        if (waiting !== "") stream.write(takeWaiting());
      }
    },
  };
}

type Tasks = {
  /** Writes `text` above the tasks, and draws them. */
  readonly draw: (text: string, task: LiveTask, size: Size) => Promise<void>;
  readonly end: () => Promise<void>;
};

/** Draws with one list of listr2 as long as nothing but the text of its lines changes, and starts another one otherwise. */
function createTasks(output: BufferedOutput, start: (first: LiveTask) => Promise<TaskList>): Tasks {
  let list: TaskList | undefined;
  let last = { size: "", lines: 0 };
  const end = async (): Promise<void> => {
    const ending = list;
    list = undefined;
    await ending?.end();
  };
  return {
    end,
    draw: async (text, task, size) => {
      const now = { size: `${size.columns} ${size.rows}`, lines: task.subtasks.length };
      const isResized = list !== undefined && now.size !== last.size;
      if (text !== "" || isResized || now.lines !== last.lines) await end();
      last = now;
      output.stream.write(text);
      // a window is resized in many steps, and lines that its edge has broken in two cannot be erased: the next frame may be the last step
      if (isResized) return;
      list ??= await start(task);
      list.show(task);
    },
  };
}

/** A terminal of unknown width reports no columns, or 0. */
function sizeOf({ columns, rows }: TextStream): Size {
  return {
    columns: Math.min(MAX_COLUMNS, columns === undefined || columns < 1 ? 80 : columns),
    rows: rows === undefined || rows < 1 ? 24 : rows,
  };
}
