import { CLOUD_PLATFORM, type GoogleToken, readGenerated } from "./access-token.ts";
import type { GoogleSend } from "./send.ts";

export type Impersonation = {
  readonly account: string;
  /** The domain of the APIs: `googleapis.com`. */
  readonly universe: string;
  readonly delegates?: readonly string[];
};

const LIFETIME = "3600s";

/** Gets an access token of another service account, with a token that may create it. */
export async function impersonate(
  { account, universe, delegates = [] }: Impersonation,
  {
    asks = "the account that asks",
    token,
    send,
    signal,
  }: {
    /** The account of the token, if known. */
    readonly asks?: string | undefined;
    readonly token: GoogleToken;
    readonly send: GoogleSend;
    readonly signal: AbortSignal;
  },
): Promise<GoogleToken> {
  const body = JSON.stringify({ scope: [CLOUD_PLATFORM], lifetime: LIFETIME, delegates });
  const answer = await send({
    method: "POST",
    url: new URL(
      `https://iamcredentials.${universe}/v1/projects/-/serviceAccounts/${encodeURIComponent(account)}:generateAccessToken`,
    ),
    headers: { "content-type": "application/json" },
    authorization: `Bearer ${token.token.reveal()}`,
    body: new TextEncoder().encode(body),
    signal,
  });
  return readGenerated(answer, {
    who: `iamcredentials.${universe}, asked for a token of "${account}",`,
    hint: `grant ${asks} roles/iam.serviceAccountTokenCreator on that service account`,
  });
}
