/** What a reporter needs from a stream; process.stdout and process.stderr satisfy it. */
export type TextStream = {
  readonly write: (text: string) => unknown;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
  readonly isTTY?: boolean | undefined;
};

/** Returns a stream with the present size of another one, which writes in another way. */
export function likeStream(stream: TextStream, write: TextStream["write"]): TextStream {
  return {
    write,
    get columns() {
      return stream.columns;
    },
    get rows() {
      return stream.rows;
    },
    get isTTY() {
      return stream.isTTY;
    },
  };
}
