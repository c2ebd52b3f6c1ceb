import type { TextStream } from "../../../../src/reporters/text-stream.ts";
import { createScreen, type Screen } from "../../../support/screen.ts";

/** A stream to a screen, whose spinner is shown as `~` wherever it has turned to. */
export function screenStream(size: { readonly columns: number; readonly rows?: number }): {
  readonly stream: TextStream;
  readonly screen: Screen;
  /** Returns everything on the screen when all that was written is on it. */
  readonly lines: () => Promise<readonly string[]>;
  readonly visible: () => Promise<readonly string[]>;
} {
  const screen = createScreen(size);
  let written = Promise.resolve();
  const stream: TextStream = {
    isTTY: true,
    write: (text) => {
      // a terminal device turns each line feed into a new line
      written = screen.write(text.replaceAll("\n", "\r\n"));
    },
    get columns() {
      return screen.columns();
    },
    get rows() {
      return screen.rows();
    },
  };
  const still = async (read: () => readonly string[]): Promise<readonly string[]> => {
    await written;
    return read().map((line) => line.replaceAll(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/g, "~"));
  };
  return { stream, screen, lines: () => still(screen.lines), visible: () => still(screen.visible) };
}
