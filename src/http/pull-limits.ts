import type { PullLimit } from "../model/spending.ts";

/** What registries say about how much may still be pulled from them. */
export type PullLimits = {
  readonly note: (host: string, header: (name: string) => string | undefined) => void;
  /** By host, as its last answer with a limit has it. */
  readonly all: () => ReadonlyMap<string, PullLimit>;
};

/** `76;w=21600`: so many in a window of so many seconds. draft-ietf-httpapi-ratelimit-headers, in an early form. */
const FORM = /^([0-9]{1,9})(?:;w=([0-9]{1,9}))?$/;

/** Read off answers that come anyway, also those to HEAD, which does not count as a pull. */
export function createPullLimits(): PullLimits {
  const limits = new Map<string, PullLimit>();
  return {
    note: (host, header) => {
      const granted = FORM.exec(header("ratelimit-limit") ?? "");
      const left = FORM.exec(header("ratelimit-remaining") ?? "");
      if (granted === null || left === null) return;
      const [limit, remaining, seconds] = [Number(granted[1]), Number(left[1]), granted[2]];
      if (remaining > limit) return;
      limits.set(host, { limit, remaining, ...(seconds === undefined ? {} : { windowSeconds: Number(seconds) }) });
    },
    all: () => new Map(limits),
  };
}
