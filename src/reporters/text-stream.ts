/** What a reporter needs from a stream; process.stdout and process.stderr satisfy it. */
export type TextStream = {
  readonly write: (text: string) => unknown;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
  readonly isTTY?: boolean | undefined;
};
