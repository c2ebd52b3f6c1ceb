import type { RunRecord } from "../model/watch.ts";
import { isClean } from "../model/watch.ts";

/** Who is told about runs, and how; both addresses may hold a secret. */
export type Notifications = {
  /** Told of runs that changed something, failed or met blocked tags, with what {@link NotifyOptions.message} makes of them. */
  readonly webhook?: URL;
  /** Told of every run that ended well: a service that misses it raises an alarm. */
  readonly heartbeat?: URL;
};

export type NotifyOptions = Notifications & {
  readonly post: (url: URL, body: string | undefined) => Promise<void>;
  /** The body for the webhook, as JSON. */
  readonly message: (record: RunRecord) => string;
  readonly onFailure: (what: string, thrown: unknown) => void;
};

/** Tells the outside of a run. That nobody could be told is a warning: the run itself is as it is. */
export function createNotify(options: NotifyOptions): (record: RunRecord) => Promise<void> {
  const { webhook, heartbeat, post, message, onFailure } = options;
  let previous = "";
  const tell = async (what: string, url: URL, body?: string): Promise<void> =>
    post(url, body).catch((thrown: unknown) => onFailure(what, thrown));
  return async (record) => {
    const state = fingerprint(record);
    const isNews = record.applied.size > 0 || (!isClean(record) && state !== previous);
    // good news after bad ones
    const isWellAgain = isClean(record) && previous !== "";
    previous = state;
    const calls = [
      ...(webhook !== undefined && (isNews || isWellAgain) ? [tell("webhook", webhook, message(record))] : []),
      ...(heartbeat !== undefined && isClean(record) ? [tell("heartbeat", heartbeat)] : []),
    ];
    await Promise.all(calls);
  };
}

/** What is wrong, so that the same trouble every five minutes is told once. */
function fingerprint({ results, errors, outcomes, schedules }: RunRecord): string {
  const bad = results.filter(({ result }) => result.outcome !== "applied");
  if (bad.length === 0 && errors.length === 0) return "";
  const named = bad.map(({ change, result }) => [change.target, result.outcome, result.error?.code]);
  return JSON.stringify([schedules, named, errors.map(({ code, reference }) => [code, reference]), outcomes.failed]);
}
