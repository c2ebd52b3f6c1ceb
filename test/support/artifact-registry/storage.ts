import { pipeline } from "node:stream/promises";
import { drop } from "../embedded-registry/faults.ts";
import { listen } from "../embedded-registry/server.ts";
import { endToEnd } from "../end-to-end.ts";
import type { ArtifactRegistryOptions } from "./options.ts";
import { createUpstream } from "./upstream.ts";

/** The second host, which serves blobs without credentials. */
export type Storage = {
  readonly host: string;
  /** The number of requests with an Authorization header, which must be 0. */
  readonly authorizations: () => number;
  readonly requests: () => number;
  /** @throws Error if a request had an Authorization header */
  readonly stop: () => Promise<void>;
};

export async function startStorage({
  upstream: upstreamHost,
  tls,
  listenAt,
}: Pick<ArtifactRegistryOptions, "upstream" | "tls" | "listenAt">): Promise<Storage> {
  const upstream = createUpstream(upstreamHost);
  let requests = 0;
  let authorizations = 0;
  const { host, stop } = await listen(
    tls,
    (message, response) => {
      requests += 1;
      if (message.headers.authorization !== undefined) authorizations += 1;
      const path = (message.url ?? "/").replace(/^\/artifacts-downloads/, "").replace(/\?.*$/, "");
      upstream
        .send(message, { method: message.method ?? "GET", path })
        .then((answer) => {
          response.writeHead(answer.statusCode ?? 502, endToEnd(answer.headers, ["transfer-encoding"]));
          return pipeline(answer, response);
        })
        .catch(() => drop(response));
    },
    listenAt?.port,
    listenAt?.address,
  );
  return {
    host,
    requests: () => requests,
    authorizations: () => authorizations,
    stop: async () => {
      upstream.close();
      await stop();
      if (authorizations > 0) throw new Error(`the storage saw an Authorization ${authorizations} times`);
    },
  };
}
