import { isLoopback } from "../../http/address.ts";
import { readStart } from "../../http/body.ts";
import type { Egress } from "../../http/egress.ts";
import { responseError } from "../../http/error.ts";
import { LIMITS } from "../../http/limits.ts";
import { withRetry } from "../../http/retry.ts";
import { parseRetryAfter } from "../../http/retry-after.ts";
import { defaultHostSettings, type HostSettings } from "../../model/host-settings.ts";
import type { Clock } from "../../model/ports.ts";
import { credentialsFailed } from "../source/failure.ts";
import { defined } from "../../model/defined.ts";

/** A request to a service that issues access tokens. */
export type TokenRequest = {
  readonly method: "GET" | "POST";
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly authorization?: string;
  readonly body?: Uint8Array;
  /** Sent to the metadata server of this machine. */
  readonly isMetadata?: boolean;
  readonly signal: AbortSignal;
};

export type GoogleAnswer = {
  readonly status: number;
  readonly header: (name: string) => string | undefined;
  readonly text: string;
};

/** Sends requests to these services: through the egress, with retries and without redirects. */
export type GoogleSend = (request: TokenRequest) => Promise<GoogleAnswer>;

export type GoogleSendOptions = {
  readonly egress: Egress;
  readonly settingsFor: (host: string) => HostSettings;
  readonly clock: Clock;
  readonly random: () => number;
};

const TIMEOUT_MS = 30_000;
const METADATA_TIMEOUT_MS = 10_000;
const PASSING_STATUS = new Set([408, 429, 500, 502, 503, 504]);

export function createGoogleSend({ egress, settingsFor, clock, random }: GoogleSendOptions): GoogleSend {
  return (request) => {
    const { method, url, headers = {}, authorization, body, isMetadata = false, signal } = request;
    const registry = isMetadata ? metadataSettings(url) : settingsOf(url, settingsFor);
    const attempt = async (number: number): Promise<GoogleAnswer> => {
      const response = await egress.send({
        registry,
        purpose: isMetadata ? "metadata" : "token",
        method,
        url,
        why: "get a Google access token",
        attempt: number,
        headers: { accept: "application/json", ...headers },
        headersTimeoutMs: isMetadata ? METADATA_TIMEOUT_MS : TIMEOUT_MS,
        signal,
        ...defined({ authorization, body }),
      });
      const { status, header } = response;
      const text = await readStart(response.body, LIMITS.tokenBytes);
      if (!PASSING_STATUS.has(status)) return { status, header, text };
      const retryAfterMs = parseRetryAfter(header("retry-after"), clock.now());
      const what = "the request for an access token";
      // without the response text, which may repeat the request
      throw responseError({
        what,
        host: url.host,
        status,
        body: "",
        ...defined({ retryAfterMs }),
      });
    };
    return withRetry(attempt, { clock, random, signal, trace: egress.trace });
  };
}

/** Encodes a form for a token service. */
export function formBody(fields: Readonly<Record<string, string>>): Pick<TokenRequest, "body" | "headers"> {
  return {
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new TextEncoder().encode(new URLSearchParams(fields).toString()),
  };
}

function metadataSettings(url: URL): HostSettings {
  return { ...defaultHostSettings(url.host), plainHttp: true };
}

function settingsOf(url: URL, settingsFor: (host: string) => HostSettings): HostSettings {
  const isPlain = url.protocol === "http:";
  if (isPlain && !isLoopback(url)) {
    throw credentialsFailed(`"${url.origin}" is not https, so no credentials are sent there`, {
      hint: "correct the file that names it",
    });
  }
  return { ...settingsFor(url.host), plainHttp: isPlain };
}
