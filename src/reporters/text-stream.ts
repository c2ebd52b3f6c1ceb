/** What a reporter needs of a stream; process.stdout and process.stderr are such streams. */
export type TextStream = {
  readonly write: (text: string) => unknown;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
  readonly isTTY?: boolean | undefined;
};
