import type { DefaultRenderer, ListrDefaultRendererLogLevels, ListrTaskWrapper } from "listr2";
import type { Style } from "./words/style.ts";
import type { TextStream } from "./text-stream.ts";

/** A header and lines below it that are redrawn in place, under lines that stay. */
export type LiveLines = {
  readonly draw: (frame: Frame) => Promise<void>;
  /** Nothing live is left, and the cursor is back. */
  readonly close: () => Promise<void>;
};

export type Frame = {
  /** Written once, above what is live. */
  readonly permanent: readonly string[];
  readonly header: string;
  readonly lines: readonly string[];
};

/** How many columns the display itself takes of a line: icon, indentation, and a margin against wrapping. */
export const RESERVED_COLUMNS = 6;

type Task = ListrTaskWrapper<unknown, typeof DefaultRenderer, typeof DefaultRenderer>;
type Slot = Pick<Task, "title">;
type Session = {
  readonly show: (header: string, lines: readonly string[]) => void;
  readonly end: () => Promise<void>;
};

/** A live display with at most `slots` lines. What stays is written between two sessions of listr2, which knows no such lines. */
export function createLiveLines(stream: TextStream, { slots, style }: LiveOptions): LiveLines {
  let session: Session | undefined;
  const close = async (): Promise<void> => {
    const ending = session;
    session = undefined;
    await ending?.end();
  };
  return {
    close,
    draw: async ({ permanent, header, lines }) => {
      if (permanent.length > 0) {
        await close();
        stream.write(permanent.map((line) => `${line}\n`).join(""));
      }
      session ??= await startSession(stream, { slots, style });
      session.show(header, lines);
    },
  };
}

type LiveOptions = { readonly slots: number; readonly style: Style };

async function startSession(stream: TextStream, { slots, style }: LiveOptions): Promise<Session> {
  // loaded on demand: a run off a terminal never needs it
  const { Listr } = await import("listr2");
  const output = await createBufferedOutput(stream);
  const started = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  const shown: Slot[] = [];
  const hold = (slot: Slot): Promise<void> => {
    shown.push(slot);
    if (shown.length === slots + 1) started.resolve();
    return ended.promise;
  };
  const slotTasks = Array.from({ length: slots }, () => ({ task: (_: unknown, slot: Slot) => hold(slot) }));
  const headerTask = (_: unknown, header: Task) => {
    shown.push(header);
    return header.newListr(slotTasks, { concurrent: true });
  };
  // listr2 shows no task that never had a title
  const list = new Listr({ title: " ", task: headerTask }, await listOptions(output.stream, style));
  const running = list.run();
  await Promise.race([started.promise, running]);
  return {
    show: (header, lines) => {
      output.resize();
      for (const [at, slot] of shown.entries()) setTitle(slot, at === 0 ? header : (lines[at - 1] ?? ""));
      output.flush();
    },
    end: async () => {
      ended.resolve();
      await running;
      output.flush();
    },
  };
}

async function listOptions(stream: NodeJS.WriteStream, style: Style) {
  const { ListrLogger, ProcessOutput } = await import("listr2");
  const rendererOptions = {
    logger: new ListrLogger<ListrDefaultRendererLogLevels>({ processOutput: new ProcessOutput(stream, stream) }),
    // redrawn when told, not by a timer of its own
    lazy: true,
    clearOutput: true,
    icon: { PENDING: "›" },
    color: { PENDING: (icon = "") => style.cyan(icon) },
  };
  return {
    renderer: "default",
    rendererOptions,
    // the same again: listr2 looks at stdout to choose, but the display is on the stream that it was given
    fallbackRenderer: "default",
    fallbackRendererOptions: rendererOptions,
    registerSignalListeners: false,
  } as const;
}

function setTitle(slot: Slot, title: string): void {
  if ((slot.title ?? "") !== title) slot.title = title;
}

type BufferedOutput = {
  readonly stream: NodeJS.WriteStream;
  readonly flush: () => void;
  readonly resize: () => void;
};

/** Each title that changes makes listr2 draw; what one frame draws reaches the terminal in one piece. */
async function createBufferedOutput(stream: TextStream): Promise<BufferedOutput> {
  const { createWritable } = await import("listr2");
  let buffer = "";
  // listr2 uses write, columns, rows and isTTY of a terminal's stream, and all four are here
  const writable = createWritable((chunk) => void (buffer += chunk)) as NodeJS.WriteStream;
  const resize = (): void => void Object.assign(writable, { columns: columnsOf(stream), rows: stream.rows ?? 24 });
  resize();
  return {
    stream: Object.assign(writable, { isTTY: true }),
    resize,
    flush: () => {
      const text = buffer;
      buffer = "";
      if (text !== "") stream.write(text);
    },
  };
}

/** A terminal that does not know its width says nothing, or 0. */
export function columnsOf({ columns }: TextStream): number {
  return columns === undefined || columns < 1 ? 80 : columns;
}
