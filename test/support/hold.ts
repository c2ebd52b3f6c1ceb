/** Holds back what passes through it, so that a test decides what happens meanwhile. */
export type Hold = {
  /** Settles when something is held back. */
  readonly arrived: Promise<void>;
  /** Call for each thing that arrives: waits for `release`. */
  readonly pass: () => Promise<void>;
  readonly release: () => void;
};

export function createHold(): Hold {
  const arrival = Promise.withResolvers<void>();
  const opening = Promise.withResolvers<void>();
  return {
    arrived: arrival.promise,
    pass: () => {
      arrival.resolve();
      return opening.promise;
    },
    release: () => opening.resolve(),
  };
}

/** Waits until everything has run that needs no input or output, such as a caller on its way to work that it joins. */
export function untilIdle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
