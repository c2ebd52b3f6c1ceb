import type { RunRecord } from "../../model/watch.ts";
import { isClean } from "../../model/watch.ts";
import type { AfterRun } from "./watch.ts";

/** Where runs are reported. Both URLs may contain a secret. */
export type Notifications = {
  /** Receives runs that changed something, failed or found blocked tags, as formatted by {@link NotifyOptions.message}. */
  readonly webhook?: URL;
  /** Pinged after every run that leaves all tags in sync, so that a monitoring service can alert when the ping is missing. */
  readonly heartbeat?: URL;
};

export type NotifyOptions = Notifications & {
  readonly post: (url: URL, body: string | undefined) => Promise<void>;
  /** Formats the body for the webhook, as JSON. `open`: the number of problems that still exist, whichever runs found them. */
  readonly message: (record: RunRecord, open: number) => string;
  /** Called when a notification fails, once for each reason until one succeeds. */
  readonly onFailure: (what: string, thrown: unknown) => void;
};

export type Notify = (record: RunRecord, after: Pick<AfterRun, "troubles">) => Promise<void>;

/** Maximum number of runs that wait for a slow receiver; later runs are not reported. */
const MOST_WAITING = 10;

/** Reports runs to the outside. A failed notification is a warning and does not affect the run. */
export function createNotify(options: NotifyOptions): Notify {
  const receivers = [createWebhook(options), createHeartbeat(options)];
  return async (record, after) => {
    await Promise.all(receivers.map((send) => send(record, after)));
  };
}

/** Sends messages one after another, so that a success never arrives before an earlier failure. */
function createWebhook({ webhook, message, ...options }: NotifyOptions): Notify {
  if (webhook === undefined) return async () => undefined;
  const post = createPost("webhook", options);
  let reported: ReadonlySet<string> = new Set();
  let last = Promise.resolve();
  let waiting = 0;
  const send: Notify = async (record, { troubles }) => {
    const isNews = troubles.size !== reported.size || troubles.difference(reported).size > 0;
    if (record.applied.size === 0 && !isNews) return;
    // a message that failed to arrive is sent again after the next run
    if (await post(webhook, message(record, troubles.size))) reported = troubles;
  };
  return async (record, after) => {
    if (waiting >= MOST_WAITING) return;
    waiting += 1;
    last = last.then(() => send(record, after)).finally(() => (waiting -= 1));
    await last;
  };
}

function createHeartbeat({ heartbeat, ...options }: NotifyOptions): Notify {
  if (heartbeat === undefined) return async () => undefined;
  const post = createPost("heartbeat", options);
  let isUnderWay = false;
  return async (record, { troubles }) => {
    // a clean run of one schedule is not a success while something of another is failing
    if (isUnderWay || !isClean(record) || troubles.size > 0) return;
    isUnderWay = true;
    await post(heartbeat, undefined).finally(() => (isUnderWay = false));
  };
}

/** Returns a function that reports whether the post succeeded. Consecutive failures with the same text are reported once. */
function createPost(what: string, { post, onFailure }: Pick<NotifyOptions, "post" | "onFailure">) {
  let failure = "";
  return async (url: URL, body: string | undefined): Promise<boolean> => {
    try {
      await post(url, body);
      failure = "";
      return true;
    } catch (thrown) {
      const text = thrown instanceof Error ? thrown.message : String(thrown);
      if (text !== failure) onFailure(what, thrown);
      failure = text;
      return false;
    }
  };
}
