/** A value per object, which lives as long as the object. */
export type Slot<K extends object, V> = {
  readonly get: (key: K) => V | undefined;
  readonly set: (key: K, value: V) => void;
};

/**
 * Keeps values on the objects themselves. Does the same as a WeakMap, but a WeakMap with an entry per request makes every
 * garbage collection look through all of its entries.
 */
export function createSlot<K extends object, V>(): Slot<K, V> {
  const name = Symbol("slot");
  type Holder = { [name]?: V };
  return {
    get: (key) => (key as Holder)[name],
    set: (key, value) => {
      (key as Holder)[name] = value;
    },
  };
}
