import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type CliOptions, commandLine } from "./cli.ts";
import { runProgramOk } from "./programs.ts";
import { createScreen, type Screen } from "./screen.ts";

/** The real command line on a terminal of its own. */
export type Terminal = {
  readonly screen: Screen;
  /** Everything that the program wrote, with its control sequences. */
  readonly written: () => string;
  /** Resolves when the screen shows this. */
  readonly until: (isShown: (screen: Screen) => boolean) => Promise<void>;
  readonly press: (keys: string) => void;
  readonly resize: (columns: number, rows: number) => Promise<void>;
  /** The exit code, when the program has ended and everything is on the screen. */
  readonly ended: Promise<number | null>;
};

export type TerminalOptions = CliOptions & { readonly columns?: number; readonly rows?: number };

export const CTRL_C = "\u0003";

/** Needs the program `script`. */
export function startInTerminal(args: readonly string[], options: TerminalOptions): Terminal {
  const { columns = 80, rows = 24, cwd } = options;
  const { words, env } = commandLine(args, options);
  const device = join(cwd, "terminal-device");
  const command = `stty cols ${columns} rows ${rows}; tty > ${quote(device)}; exec ${words.map(quote).join(" ")}`;
  const child = spawn("script", ["--quiet", "--return", "--flush", "--command", command, "/dev/null"], {
    cwd,
    env: { TERM: "xterm-256color", SHELL: "/bin/sh", ...env },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const screen = createScreen({ columns, rows });
  const waiting = new Set<() => void>();
  const chunks: string[] = [];
  let written = Promise.resolve();
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    chunks.push(text);
    written = show(written, text);
  });
  const show = async (before: Promise<void>, text: string): Promise<void> => {
    await before;
    await screen.write(text);
    for (const look of waiting) look();
  };
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => void written.then(() => resolve(code)));
  });
  const until = async (isShown: (screen: Screen) => boolean): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const look = (): void => {
      if (isShown(screen)) resolve();
    };
    waiting.add(look);
    look();
    await Promise.race([promise, ended]);
    waiting.delete(look);
    if (!isShown(screen)) throw new Error(`it ended before it showed that:\n${screen.lines().join("\n")}`);
  };
  return {
    screen,
    written: () => chunks.join(""),
    until,
    ended,
    press: (keys) => void child.stdin.write(keys),
    resize: async (nextColumns, nextRows) => {
      const name = (await readFile(device, "utf8")).trim();
      // the emulator first: what the program draws after the signal has the new size
      screen.resize(nextColumns, nextRows);
      await runProgramOk("stty", ["-F", name, "cols", String(nextColumns), "rows", String(nextRows)]);
    },
  };
}

function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
