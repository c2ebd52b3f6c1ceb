import type { OnReadProgress } from "../../model/read-progress.ts";
import type { TextStream } from "../../reporters/text-stream.ts";

/** A line on a terminal that shows what the program is waiting for. Does nothing elsewhere. */
export type StatusLine = { readonly show: (text: string) => void; readonly clear: () => void };

const INTERVAL_MS = 100;
const ERASE = "\r\u001B[2K";

export function openStatusLine(stream: TextStream): StatusLine {
  if (stream.isTTY !== true) return { show: () => undefined, clear: () => undefined };
  let last = 0;
  let isShown = false;
  return {
    show: (text) => {
      const now = performance.now();
      if (now - last < INTERVAL_MS) return;
      last = now;
      isShown = true;
      stream.write(`${ERASE}${text.slice(0, (stream.columns ?? 80) - 1)}`);
    },
    clear: () => {
      if (isShown) stream.write(ERASE);
      isShown = false;
    },
  };
}

/** Shows the progress of reading registries. */
export function showReading(stream: TextStream): OnReadProgress {
  const status = openStatusLine(stream);
  return ({ answered, asked, isDone }) =>
    isDone ? status.clear() : status.show(`reading registries: ${answered} of ${asked}`);
}
