import xterm from "@xterm/headless";

/** A terminal emulator, with what has scrolled off its top. */
export type Screen = {
  readonly columns: () => number;
  readonly rows: () => number;
  /** Resolves when the text is on the screen. */
  readonly write: (text: string) => Promise<void>;
  readonly resize: (columns: number, rows: number) => void;
  /** Everything that was written and not erased, with the lines that have scrolled off, without empty lines at the end. */
  readonly lines: () => readonly string[];
  /** What can be seen now. */
  readonly visible: () => readonly string[];
  readonly isCursorVisible: () => boolean;
  /** Counted from 0. */
  readonly cursorColumn: () => number;
};

export function createScreen({ columns, rows = 24 }: { readonly columns: number; readonly rows?: number }): Screen {
  const terminal = new xterm.Terminal({ cols: columns, rows, scrollback: 100_000, allowProposedApi: true });
  let isCursorVisible = true;
  for (const [final, shows] of [
    ["h", true],
    ["l", false],
  ] as const)
    terminal.parser.registerCsiHandler({ prefix: "?", final }, (modes) => {
      if (modes.includes(25)) isCursorVisible = shows;
      return false;
    });
  const read = (from: number): readonly string[] => {
    const { active } = terminal.buffer;
    const lines = Array.from({ length: active.length - from }, (_, at) => {
      return active.getLine(from + at)?.translateToString(true) ?? "";
    });
    return lines.slice(0, lines.findLastIndex((line) => line !== "") + 1);
  };
  return {
    columns: () => terminal.cols,
    rows: () => terminal.rows,
    write: (text) => new Promise((resolve) => terminal.write(text, resolve)),
    resize: (nextColumns, nextRows) => terminal.resize(nextColumns, nextRows),
    lines: () => read(0),
    visible: () => read(terminal.buffer.active.baseY),
    isCursorVisible: () => isCursorVisible,
    cursorColumn: () => terminal.buffer.active.cursorX,
  };
}
