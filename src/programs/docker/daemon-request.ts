import { parseObject } from "../../model/json.ts";
import { type Secret, secret } from "../../model/secret.ts";
import type { Cancellable } from "../../model/ports.ts";
import type { DockerCli } from "./docker-cli.ts";

export type DaemonRequest = Cancellable & {
  /** With its query, in ASCII. */
  readonly path: string;
  /** The X-Registry-Auth header. */
  readonly auth: Secret;
  /** Called for each JSON object of the answer, as it arrives. */
  readonly onMessage: (message: ReadonlyMap<string, unknown>) => void;
};

/** `status` is undefined if the daemon ended the connection without an answer. */
export type DaemonAnswer = { readonly status: number | undefined };

/**
 * Sends a POST to the Docker Engine API through `docker system dial-stdio`, the command with which docker itself reaches daemons over ssh:
 * it connects to sockets, contexts and TLS hosts like any other docker command. HTTP/1.0, so that the answer is not chunked and ends with
 * the connection. stdin must stay open: the daemon cancels the work when it ends.
 * Resolves to undefined if the command could not connect.
 */
export async function askDaemon(
  run: DockerCli,
  { path, auth, signal, onMessage }: DaemonRequest,
): Promise<DaemonAnswer | undefined> {
  let status: number | undefined;
  let isBody = false;
  // what is not JSON is none of the daemon's messages
  const hear = (line: string): void => {
    const message = parseObject(line);
    if (message !== undefined) onMessage(message);
  };
  const onLine = (line: string, stream: "stdout" | "stderr"): void => {
    if (stream === "stderr") return;
    if (isBody) hear(line);
    else if (line === "") isBody = true;
    else status ??= statusIn(line);
  };
  const head = [`POST ${path} HTTP/1.0`, "Host: docker", `X-Registry-Auth: ${auth.reveal()}`, "Content-Length: 0"];
  const { exitCode } = await run(["system", "dial-stdio"], {
    signal,
    input: secret(`${head.join("\r\n")}\r\n\r\n`),
    keepsInputOpen: true,
    onLine,
    isDropped: () => true,
    isTransfer: true,
    mayFail: true,
  });
  return exitCode !== 0 && status === undefined ? undefined : { status };
}

function statusIn(line: string): number | undefined {
  const status = /^HTTP\/1\.[01] (\d{3})\b/.exec(line)?.[1];
  return status === undefined ? undefined : Number(status);
}
