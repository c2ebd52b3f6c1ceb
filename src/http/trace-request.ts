import type { Clock } from "../model/ports.ts";
import type { Trace } from "../model/trace.ts";
import { RegistryError } from "./error.ts";
import type { EgressResponse } from "./response.ts";
import { hidePath, showPath } from "./show-url.ts";

export type TracedRequest = {
  readonly method: string;
  readonly url: URL;
  readonly why: string;
  readonly attempt?: number | undefined;
  /** The URL's path is a secret. */
  readonly isAddressSecret?: boolean | undefined;
  readonly redirectedBy: string | undefined;
};

/** Sends a request and traces it when its response is fully read, discarded, or failed. */
export async function traceRequest(
  send: () => Promise<EgressResponse>,
  request: TracedRequest,
  { trace, clock }: { readonly trace: Trace; readonly clock: Pick<Clock, "monotonic"> },
): Promise<EgressResponse> {
  const { method, url, why, attempt = 1, isAddressSecret = false, redirectedBy } = request;
  const start = clock.monotonic();
  const end = (status: number | undefined, bytes: number, thrown?: unknown): void =>
    trace({
      type: "request",
      method,
      host: url.host,
      path: isAddressSecret ? hidePath(url) : showPath(url),
      status,
      error: thrown instanceof RegistryError ? thrown.code : undefined,
      bytes,
      milliseconds: Math.round(clock.monotonic() - start),
      attempt,
      why,
      redirectedBy,
    });
  try {
    return watched(await send(), end);
  } catch (thrown) {
    end(undefined, 0, thrown);
    throw thrown;
  }
}

function watched(
  response: EgressResponse,
  end: (status: number, bytes: number, thrown?: unknown) => void,
): EgressResponse {
  let bytes = 0;
  let isEnded = false;
  const endOnce = (thrown?: unknown): void => {
    if (!isEnded) end(response.status, bytes, thrown);
    isEnded = true;
  };
  async function* counted(): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of response.body) {
        bytes += chunk.byteLength;
        yield chunk;
      }
    } catch (thrown) {
      endOnce(thrown);
      throw thrown;
    } finally {
      endOnce();
    }
  }
  const discard = async (): Promise<void> => {
    await response.discard();
    endOnce();
  };
  return { ...response, body: counted(), discard };
}
