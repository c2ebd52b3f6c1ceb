/** Which parts of a value are text, so that an unquoted `1.10`, `on` or `0x1F` stays what was written. */
export type Places = {
  readonly isText?: true;
  readonly items?: Places;
  readonly keys?: Readonly<Record<string, Places>>;
  /** Keys that are names of things: hosts. */
  readonly anyKey?: Places;
};

export const TEXT: Places = { isText: true };
export const TEXT_LIST: Places = { items: TEXT };
