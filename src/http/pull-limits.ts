import type { PullLimit } from "../model/spending.ts";
import { defined } from "../model/defined.ts";

/** Collects the pull limits that registries report. */
export type PullLimits = {
  readonly note: (host: string, header: (name: string) => string | undefined) => void;
  /** By host, from its latest response with a limit. */
  readonly all: () => ReadonlyMap<string, PullLimit>;
};

/** `76;w=21600`: quota and window in seconds, an early form of draft-ietf-httpapi-ratelimit-headers. */
const FORM = /^([0-9]{1,9})(?:;w=([0-9]{1,9}))?$/;

/** A limit as one response reports it. */
export type ReportedLimit = Omit<PullLimit, "reserve">;

/** Returns the limit of a response, or undefined if it has none or an invalid one. */
export function parsePullLimit(header: (name: string) => string | undefined): ReportedLimit | undefined {
  const granted = FORM.exec(header("ratelimit-limit") ?? "");
  const left = FORM.exec(header("ratelimit-remaining") ?? "");
  if (granted === null || left === null) return undefined;
  const [limit, remaining, seconds] = [Number(granted[1]), Number(left[1]), granted[2]];
  if (remaining > limit) return undefined;
  return { limit, remaining, ...defined({ windowSeconds: seconds === undefined ? undefined : Number(seconds) }) };
}

/** Reads the limits from responses to regular requests, including HEAD, which does not count as a pull. */
export function createPullLimits(): PullLimits {
  const limits = new Map<string, PullLimit>();
  return {
    note: (host, header) => {
      const limit = parsePullLimit(header);
      if (limit !== undefined) limits.set(host, limit);
    },
    all: () => new Map(limits),
  };
}
