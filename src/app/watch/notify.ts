import type { RunRecord } from "../../model/watch.ts";
import { isClean } from "../../model/watch.ts";
import type { AfterRun } from "./watch.ts";

/** Who is told about runs, and how; both addresses may hold a secret. */
export type Notifications = {
  /** Told of runs that changed something, failed or met blocked tags, with what {@link NotifyOptions.message} makes of them. */
  readonly webhook?: URL;
  /** Told of every run that ended well: a service that misses it raises an alarm. */
  readonly heartbeat?: URL;
};

export type NotifyOptions = Notifications & {
  readonly post: (url: URL, body: string | undefined) => Promise<void>;
  /** The body for the webhook, as JSON. `open`: how many things are still wrong, whichever runs found them so. */
  readonly message: (record: RunRecord, open: number) => string;
  /** Somebody cannot be told. Called again for another reason, or after it worked in between. */
  readonly onFailure: (what: string, thrown: unknown) => void;
};

export type Notify = (record: RunRecord, after: Pick<AfterRun, "troubles">) => Promise<void>;

/** So many runs wait for a receiver that is slow; what more of them change is not told. */
const MOST_WAITING = 10;

/** Tells the outside of a run. That nobody could be told is a warning: the run itself is as it is. */
export function createNotify(options: NotifyOptions): Notify {
  const receivers = [createWebhook(options), createHeartbeat(options)];
  return async (record, after) => {
    await Promise.all(receivers.map((send) => send(record, after)));
  };
}

/** One message after the other, so that good news never overtake the bad ones before them. */
function createWebhook({ webhook, message, ...options }: NotifyOptions): Notify {
  if (webhook === undefined) return async () => undefined;
  const post = createPost("webhook", options);
  let reported: ReadonlySet<string> = new Set();
  let last = Promise.resolve();
  let waiting = 0;
  const send: Notify = async (record, { troubles }) => {
    const isNews = troubles.size !== reported.size || troubles.difference(reported).size > 0;
    if (record.applied.size === 0 && !isNews) return;
    // what nobody heard is news again after the next run
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
  return async (record) => {
    if (isUnderWay || !isClean(record)) return;
    isUnderWay = true;
    await post(heartbeat, undefined).finally(() => (isUnderWay = false));
  };
}

/** Whether it was taken. The same failure in a row is told once. */
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
