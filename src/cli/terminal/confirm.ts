import { createInterface } from "node:readline/promises";
import type { Context } from "./context.ts";

/** Asks on the terminal. Anything but `yes`, the end of input or Ctrl-C means no. */
export async function confirm({ stderr, interruption }: Context, question: string): Promise<boolean> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  lines.once("SIGINT", interruption.interrupt);
  try {
    const closed = new Promise<string>((resolve) => lines.once("close", () => resolve("")));
    const answer = await Promise.race([
      lines.question(`${question} Type yes to confirm: `, { signal: interruption.signal }),
      closed,
    ]);
    return answer.trim().toLowerCase() === "yes";
  } catch {
    stderr.write("\n");
    return false;
  } finally {
    lines.close();
  }
}
