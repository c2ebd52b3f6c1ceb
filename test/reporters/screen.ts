/** Emulates what the live display uses of a terminal: cursor movements, erasing and line breaks. The height is unlimited. */
export function createScreen({ columns, rows = 24 }: { readonly columns: number; readonly rows?: number }) {
  const lines: string[] = [""];
  let row = 0;
  let column = 0;
  let isCursorVisible = true;
  let widest = 0;
  const put = (character: string): void => {
    const line = (lines[row] ?? "").padEnd(column);
    lines[row] = line.slice(0, column) + character + line.slice(column + 1);
    column += 1;
    widest = Math.max(widest, column);
  };
  const goTo = (next: number): void => {
    row = Math.max(0, next);
    while (lines.length <= row) lines.push("");
  };
  const control = (sequence: string): void => {
    const count = Number.parseInt(sequence.slice(2), 10) || 1;
    switch (sequence.slice(-1)) {
      case "A":
        return goTo(row - count);
      case "B":
        return goTo(row + count);
      case "G":
        column = count - 1;
        return undefined;
      case "K":
        lines[row] = sequence === "\u001B[2K" ? "" : (lines[row] ?? "").slice(0, column);
        return undefined;
      case "h":
      case "l":
        if (sequence.startsWith("\u001B[?25")) isCursorVisible = sequence.endsWith("h");
        return undefined;
      case "m":
        return undefined;
      default:
        throw new Error(`the screen does not know ${JSON.stringify(sequence)}`);
    }
  };
  return {
    isTTY: true,
    columns,
    rows,
    write: (text: string): void => {
      // oxlint-disable-next-line no-control-regex
      for (const [part] of text.matchAll(/\u001B\[[?0-9;]*[A-Za-z]|[\s\S]/gu)) {
        if (part.length > 1 && part.startsWith("\u001B")) control(part);
        else if (part === "\n") {
          goTo(row + 1);
          column = 0;
        } else if (part === "\r") column = 0;
        else put(part);
      }
    },
    /** Returns the text on the screen, without empty lines. */
    lines: () => lines.map((line) => line.trimEnd()).filter((line) => line !== ""),
    isCursorVisible: () => isCursorVisible,
    cursorColumn: () => column,
    widest: () => widest,
  };
}
