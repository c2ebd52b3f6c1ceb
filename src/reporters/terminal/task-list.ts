import type { DefaultRenderer, ListrTaskWrapper } from "listr2";
import type { TextStream } from "../text-stream.ts";
import type { Marks } from "./marks.ts";

/** A task in progress and the tasks below it, one line each. */
export type LiveTask = { readonly title: string; readonly subtasks: readonly string[] };

/** Tasks that listr2 draws in place. The number of lines is fixed; the text of each can change. */
export type TaskList = {
  readonly show: (task: LiveTask) => void;
  /** Removes the tasks from the screen and restores the cursor. */
  readonly end: () => Promise<void>;
};

/** Columns that listr2 itself uses: the mark, the indentation, and a margin against wrapping. */
export const RESERVED_COLUMNS = 6;

type Task = ListrTaskWrapper<unknown, typeof DefaultRenderer, typeof DefaultRenderer>;

/** Draws a task and its subtasks at the end of what `output` shows. */
export async function startTaskList(output: BufferedOutput, first: LiveTask, marks: Marks): Promise<TaskList> {
  const { Listr, ListrLogger, ProcessOutput } = await import("listr2");
  const started = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  const shown: Task[] = [];
  const hold = (task: Task): Promise<void> => {
    shown.push(task);
    if (shown.length === first.subtasks.length + 1) started.resolve();
    return ended.promise;
  };
  const subtasks = first.subtasks.map((title) => ({ title, task: (_: unknown, task: Task) => hold(task) }));
  const parent = (_: unknown, task: Task) => {
    const holding = hold(task);
    return subtasks.length === 0 ? holding : task.newListr(subtasks, { concurrent: true });
  };
  const rendererOptions = {
    logger: new ListrLogger<string>({ processOutput: new ProcessOutput(output.stream, output.stream) }),
    // redrawn on request, not by listr2's own timer
    lazy: true,
    clearOutput: true,
    ...marks.forTasks,
  };
  const list = new Listr(
    { title: first.title, task: parent },
    {
      renderer: "default",
      rendererOptions,
      // the same again: listr2 chooses by stdout, but the tasks may be on another stream
      fallbackRenderer: "default",
      fallbackRendererOptions: rendererOptions,
      registerSignalListeners: false,
    },
  );
  const running = list.run();
  await Promise.race([started.promise, running]);
  return {
    show: ({ title, subtasks: titles }) => {
      for (const [at, task] of shown.entries()) setTitle(task, at === 0 ? title : (titles[at - 1] ?? ""));
    },
    end: async () => {
      ended.resolve();
      await running;
    },
  };
}

function setTitle(task: Task, title: string): void {
  if (task.title !== title) task.title = title;
}

/** Collects what listr2 writes on every change, so that a whole frame is sent to the terminal at once. */
export type BufferedOutput = { readonly stream: NodeJS.WriteStream; readonly take: () => string };

/** @param size the size of the terminal, read whenever listr2 draws */
export async function createBufferedOutput(size: Pick<TextStream, "columns" | "rows">): Promise<BufferedOutput> {
  const { createWritable } = await import("listr2");
  let buffer = "";
  // listr2 only uses write, columns, rows and isTTY, which are all defined here
  const stream = createWritable((chunk) => void (buffer += chunk)) as NodeJS.WriteStream;
  Object.defineProperties(stream, {
    columns: { get: () => size.columns },
    rows: { get: () => size.rows },
    isTTY: { value: true },
  });
  return {
    stream,
    take: () => {
      const text = buffer;
      buffer = "";
      return text;
    },
  };
}
