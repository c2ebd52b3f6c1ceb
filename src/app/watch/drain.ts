import type { Clock } from "../../model/ports.ts";

export type DrainOptions = {
  readonly clock: Clock;
  /** Fires when no new work may start. */
  readonly drain: AbortSignal;
  readonly cutWork: () => void;
  readonly cutNotices: () => void;
};

/** After SIGTERM, work may take this long to finish, and notifications this long to be answered; Kubernetes kills after 30 s. */
const WORK_MS = 20_000;
const NOTICES_MS = 23_000;

/** Limits how long a drain takes, even if hosts do not answer. Call `stop` when the drain has ended by itself. */
export function limitDrain({ clock, drain, cutWork, cutNotices }: DrainOptions): { readonly stop: () => void } {
  const ended = new AbortController();
  const limit = async (): Promise<void> => {
    await clock.sleep(WORK_MS, ended.signal);
    cutWork();
    await clock.sleep(NOTICES_MS - WORK_MS, ended.signal);
    cutNotices();
  };
  const begin = (): void => {
    limit().catch((thrown: unknown) => {
      if (!ended.signal.aborted) throw thrown;
    });
  };
  if (drain.aborted) begin();
  else drain.addEventListener("abort", begin, { once: true, signal: ended.signal });
  return { stop: () => ended.abort() };
}
