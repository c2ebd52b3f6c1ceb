import type { Emit, Event } from "../../model/event.ts";
import type { Clock } from "../../model/ports.ts";
import { plural } from "../../reporters/words/format.ts";
import type { Interruption } from "./interruption.ts";

/** The end of a run by Ctrl-C or SIGTERM. */
export type Drain = {
  /** Fires when work in progress must be cancelled. */
  readonly signal: AbortSignal;
  /** Counts the changes in progress. */
  readonly onEvent: Emit;
  /** Call it when the run has ended. */
  readonly stop: () => void;
};

export type DrainOptions = {
  readonly interruption: Pick<Interruption, "signal" | "onSecond">;
  readonly clock: Pick<Clock, "alarm">;
  /** How long changes in progress may take after the first signal. */
  readonly milliseconds: number;
  readonly say: (message: string) => void;
};

/**
 * At the first signal, changes in progress may finish for a while; without any, the work is cancelled. The second signal cancels them. Says
 * what happens.
 */
export function openDrain({ interruption, clock, milliseconds, say }: DrainOptions): Drain {
  const cut = new AbortController();
  const ended = new AbortController();
  const inProgress = new Set<unknown>();
  const cancel = (): void => cut.abort(new DOMException("interrupted", "AbortError"));
  const begin = (): void => {
    if (inProgress.size === 0) return cancel();
    const seconds = plural(Math.ceil(milliseconds / 1000), "second");
    say(
      `interrupted: no new changes start, and ${changes(inProgress)} in progress may finish within ${seconds}; a second Ctrl-C cancels`,
    );
    const disarm = clock.alarm(milliseconds, () => {
      say(`not finished within ${seconds}: ${changes(inProgress)} in progress ${areOrIs(inProgress)} cancelled`);
      cancel();
    });
    const forget = interruption.onSecond(() => {
      say(`interrupted again: ${changes(inProgress)} in progress ${areOrIs(inProgress)} cancelled now`);
      cancel();
    });
    for (const over of [cut.signal, ended.signal]) over.addEventListener("abort", disarm, { once: true });
    ended.signal.addEventListener("abort", forget, { once: true });
  };
  if (interruption.signal.aborted) begin();
  else interruption.signal.addEventListener("abort", begin, { once: true, signal: ended.signal });
  return {
    signal: cut.signal,
    onEvent: (event: Event) => {
      if (event.type === "change.started") inProgress.add(event.change);
      if (event.type === "change.finished") inProgress.delete(event.change);
    },
    stop: () => ended.abort(),
  };
}

function changes({ size }: ReadonlySet<unknown>): string {
  return plural(size, "change");
}

function areOrIs({ size }: ReadonlySet<unknown>): string {
  return size === 1 ? "is" : "are";
}
