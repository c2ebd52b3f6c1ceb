import { ASSUMED_BYTES_PER_SECOND, type UploadRate } from "../model/lifetime.ts";

/** Upload rates per host, to estimate how long the next upload takes. */
export type Rate = {
  readonly note: (host: string, bytes: number, milliseconds: number) => void;
  readonly millisecondsFor: (host: string, bytes: number) => number;
  readonly of: (host: string) => UploadRate;
};

/** For smaller bodies, latency dominates the measurement. */
const MIN_BYTES = 1024 * 1024;
const WEIGHT_OF_NEW = 0.5;

/** Weights recent uploads most. Before the first one, it uses the rate that plans assume. */
export function createRate(): Rate {
  const bytesPerSecond = new Map<string, number>();
  const of = (host: string): UploadRate => {
    const measured = bytesPerSecond.get(host);
    return { bytesPerSecond: measured ?? ASSUMED_BYTES_PER_SECOND, isMeasured: measured !== undefined };
  };
  return {
    note: (host, bytes, milliseconds) => {
      if (bytes < MIN_BYTES || milliseconds <= 0) return;
      const measured = (bytes / milliseconds) * 1000;
      const before = bytesPerSecond.get(host) ?? measured;
      bytesPerSecond.set(host, before + (measured - before) * WEIGHT_OF_NEW);
    },
    millisecondsFor: (host, bytes) => (bytes / of(host).bytesPerSecond) * 1000,
    of,
  };
}
