import { rmSync } from "node:fs";
import process from "node:process";

let isListening = false;

/** Removes a folder if the process exits before the test has done so. Also makes a signal exit, which stops programs and pods. */
export function removeAtExit(folder: string): void {
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  if (isListening) return;
  isListening = true;
  // the test runner repeats the signal, and a second one would end the process while it stops the others
  process.on("SIGTERM", () => process.exit(143));
  process.on("SIGINT", () => process.exit(130));
}
