import type { Pace } from "./counting-proxy.ts";

/** Holds uploads through a proxy until the test lets them go on. */
export type Gate = {
  readonly pace: Pace;
  /** Resolves when this many bytes have been read. From then on uploads are held. */
  readonly reached: Promise<void>;
  readonly open: () => void;
};

export function createGate(bytes: number): Gate {
  const reached = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<void>();
  return {
    pace: (read) => {
      if (read < bytes) return undefined;
      reached.resolve();
      return opened.promise;
    },
    reached: reached.promise,
    open: opened.resolve,
  };
}
