/** A value without those properties that may be undefined; they become optional. */
type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> } & {
  [K in keyof T as undefined extends T[K] ? never : K]: T[K];
};

/** Drops the properties that are undefined, so that an optional property is either set or not there at all. */
export function defined<T extends object>(properties: T): Defined<T> {
  const kept: Partial<T> = {};
  for (const key of Object.keys(properties) as (keyof T)[]) {
    if (properties[key] !== undefined) kept[key] = properties[key];
  }
  return kept as Defined<T>;
}
