import { maskSecrets } from "../../model/secret.ts";
import { likeStream, type TextStream } from "../../reporters/text-stream.ts";

export type Output = {
  readonly stdout: TextStream;
  readonly stderr: TextStream;
  /** Why stdout could not be written, unless its reader closed it. */
  readonly failure: () => Error | undefined;
};

/**
 * Opens the streams of the process. If a reader closes the pipe (`| head`), the rest is dropped and the run continues. Any other error,
 * such as a full disk, is kept, because a run whose result was lost has not succeeded. Secrets are masked in all output.
 */
export function openOutput(): Output {
  let failure: Error | undefined;
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") failure ??= error;
  });
  process.stderr.on("error", () => undefined);
  return { stdout: guarded(process.stdout), stderr: guarded(process.stderr), failure: () => failure };
}

function guarded(stream: NodeJS.WriteStream): TextStream {
  return likeStream(stream, (text) => {
    // Deno throws EPIPE, Node emits it
    try {
      return stream.writable ? stream.write(maskSecrets(text)) : false;
    } catch (error) {
      stream.emit("error", error);
      return false;
    }
  });
}
