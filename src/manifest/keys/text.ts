/** The parts of a value that are text, so that an unquoted `1.10`, `on` or `0x1F` is kept as written. */
export type Places = {
  readonly isText?: true;
  readonly items?: Places;
  readonly keys?: Readonly<Record<string, Places>>;
  /** For maps with arbitrary keys, such as hosts. */
  readonly anyKey?: Places;
};

export const TEXT: Places = { isText: true };
export const TEXT_LIST: Places = { items: TEXT };
