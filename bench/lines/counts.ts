/** What went over a line. */
export type Counts = {
  requests: number;
  connections: number;
  /** Bytes that the client sent, with headers. */
  sent: number;
  received: number;
  /** Responses with 429. */
  refusals: number;
};

export type Line = {
  /** `127.0.0.1:PORT`, which the tool gets in place of the registry's address. */
  readonly host: string;
  readonly counts: Counts;
  readonly stop: () => Promise<void>;
};

export function noCounts(): Counts {
  return { requests: 0, connections: 0, sent: 0, received: 0, refusals: 0 };
}

export function sumCounts(all: readonly Counts[]): Counts {
  const sum = noCounts();
  for (const one of all) for (const key of Object.keys(sum) as (keyof Counts)[]) sum[key] += one[key];
  return sum;
}

/** What was counted between two moments. */
export function countsSince(now: Counts, before: Counts): Counts {
  return {
    requests: now.requests - before.requests,
    connections: now.connections - before.connections,
    sent: now.sent - before.sent,
    received: now.received - before.received,
    refusals: now.refusals - before.refusals,
  };
}
