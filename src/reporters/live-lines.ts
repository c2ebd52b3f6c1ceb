import type { DefaultRenderer, ListrDefaultRendererLogLevels, ListrTaskWrapper } from "listr2";
import type { Style } from "./words/style.ts";
import type { TextStream } from "./text-stream.ts";

/** A header and lines that are redrawn in place, below permanent lines. */
export type LiveLines = {
  readonly draw: (frame: Frame) => Promise<void>;
  /** Removes the live lines and restores the cursor. */
  readonly close: () => Promise<void>;
};

export type Frame = {
  /** Written once, above the live lines. */
  readonly permanent: readonly string[];
  readonly header: string;
  readonly lines: readonly string[];
};

/** Columns that the display itself uses: icon, indentation, and a margin against wrapping. */
export const RESERVED_COLUMNS = 6;

type Task = ListrTaskWrapper<unknown, typeof DefaultRenderer, typeof DefaultRenderer>;
type Slot = Pick<Task, "title">;
type Session = {
  readonly show: (header: string, lines: readonly string[]) => void;
  readonly end: () => Promise<void>;
};

/** Creates a live display with at most `slots` lines. listr2 has no permanent lines, so they are written between two of its sessions. */
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
  // loaded on demand: only needed on a terminal
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
  // listr2 never shows a task that started without a title
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
    // redrawn on request, not by listr2's own timer
    lazy: true,
    clearOutput: true,
    icon: { PENDING: "›" },
    color: { PENDING: (icon = "") => style.cyan(icon) },
  };
  return {
    renderer: "default",
    rendererOptions,
    // the same again: listr2 chooses by stdout, but the display may be on another stream
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

/** listr2 draws on every title change; the buffer sends each frame to the terminal at once. */
async function createBufferedOutput(stream: TextStream): Promise<BufferedOutput> {
  const { createWritable } = await import("listr2");
  let buffer = "";
  // listr2 only uses write, columns, rows and isTTY, which are all defined here
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

/** A terminal of unknown width reports no columns, or 0. */
export function columnsOf({ columns }: TextStream): number {
  return columns === undefined || columns < 1 ? 80 : columns;
}
