import type { BaseExternalAccountClient } from "google-auth-library";
import { ImgsyncError } from "../../model/error.ts";
import { secret } from "../../model/secret.ts";
import { credentialsFailed } from "../source/failure.ts";
import { CLOUD_PLATFORM, type GoogleToken } from "./access-token.ts";
import { textIn } from "../../model/json.ts";
import type { GoogleSend } from "./send.ts";
import { DEFAULT_UNIVERSE } from "./universe.ts";
import { defined } from "../../model/defined.ts";

type Json = ReadonlyMap<string, unknown>;

type Options = {
  /** The file in errors. */
  readonly name: string;
  readonly universe: string;
  readonly send: GoogleSend;
  readonly signal: AbortSignal;
};

/**
 * Gets a token by Workload Identity Federation. The file decides where the other cloud's token is read and sent, so it must come from the
 * user. Google's library implements the many variants; its requests pass through our egress.
 */
export async function externalAccountToken(
  json: Json,
  { name, universe, send, signal }: Options,
): Promise<GoogleToken> {
  checkAddresses(json, { name, universe });
  let refusal: ImgsyncError | undefined;
  const noting: GoogleSend = async (request) => {
    try {
      return await send(request);
    } catch (thrown) {
      if (!(thrown instanceof ImgsyncError)) throw thrown;
      // thrown below; the library does not retry a 400, and send has already retried
      refusal = thrown;
      return { status: 400, header: () => undefined, text: "{}" };
    }
  };
  const client = await openClient(json, name, { send: noting, signal });
  const { token } = await client.getAccessToken().catch((thrown: unknown) => {
    signal.throwIfAborted();
    if (refusal !== undefined) throw refusal;
    // the library's errors contain requests and responses
    throw credentialsFailed(`${name} could not be exchanged for an access token${codeOf(thrown)}`, {
      hint: "check credential_source, audience and token_url there, and the pool's provider",
    });
  });
  const expiry = client.credentials.expiry_date;
  if (typeof token !== "string" || token === "" || typeof expiry !== "number") {
    throw credentialsFailed(`${name} was exchanged for something that is not an access token`, {
      hint: "check token_url",
    });
  }
  return { token: secret(token), expiresAt: new Date(expiry) };
}

const ADDRESSES = ["token_url", "service_account_impersonation_url"];

/** Google's own services serve only their universe; a file of another one that names them would send its tokens to Google. */
function checkAddresses(json: Json, { name, universe }: Pick<Options, "name" | "universe">): void {
  if (universe === DEFAULT_UNIVERSE) return;
  for (const key of ADDRESSES) {
    const text = textIn(json.get(key)) ?? "";
    const host = URL.canParse(text) ? new URL(text).hostname : "";
    if (host !== DEFAULT_UNIVERSE && !host.endsWith(`.${DEFAULT_UNIVERSE}`)) continue;
    throw credentialsFailed(`${name} belongs to the universe "${universe}", but its ${key} is at "${host}"`, {
      hint: `name the service of ${universe} there`,
    });
  }
}

async function openClient(
  json: Json,
  name: string,
  { send, signal }: { readonly send: GoogleSend; readonly signal: AbortSignal },
): Promise<BaseExternalAccountClient> {
  const { AwsClient, gaxios, IdentityPoolClient, PluggableAuthClient } = await import("google-auth-library");
  const source = json.get("credential_source");
  const has = (key: string): boolean => typeof source === "object" && source !== null && key in source;
  const Client = has("environment_id") ? AwsClient : has("executable") ? PluggableAuthClient : IdentityPoolClient;
  const transporter = new gaxios.Gaxios({ fetchImplementation: fetchThrough(send, signal), retry: false });
  const options = {
    ...Object.fromEntries(json),
    transporter,
    scopes: [CLOUD_PLATFORM],
    useAuthRequestParameters: false,
  };
  try {
    // the library validates the file
    const client: BaseExternalAccountClient = new Client(
      options as unknown as ConstructorParameters<typeof AwsClient>[0] &
        ConstructorParameters<typeof PluggableAuthClient>[0] &
        ConstructorParameters<typeof IdentityPoolClient>[0],
    );
    sendThrough(client, transporter);
    return client;
  } catch {
    throw credentialsFailed(`${name} is not a usable credential configuration for Workload Identity Federation`, {
      hint: "create it again with gcloud iam workload-identity-pools create-cred-config",
    });
  }
}

/** Replaces the transporter of the token exchange, which the library creates itself and does not accept as an option. */
function sendThrough(client: BaseExternalAccountClient, transporter: unknown): void {
  const exchange: unknown = Reflect.get(client, "stsCredential");
  if (typeof exchange !== "object" || exchange === null || !("transporter" in exchange)) {
    throw new Error("google-auth-library sends in a way that imgsync does not know");
  }
  exchange.transporter = transporter;
}

function fetchThrough(send: GoogleSend, signal: AbortSignal): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const { authorization, ...headers } = Object.fromEntries(request.headers);
    const answer = await send({
      method: request.method === "POST" ? "POST" : "GET",
      url: new URL(request.url),
      headers,
      ...defined({
        authorization,
        body: request.body === null ? undefined : new Uint8Array(await request.arrayBuffer()),
      }),
      signal,
    });
    const type = answer.header("content-type") ?? "application/json";
    return new Response(answer.text, { status: answer.status, headers: { "content-type": type } });
  };
}

function codeOf(thrown: unknown): string {
  const status = thrown instanceof Error && "status" in thrown ? thrown.status : undefined;
  return typeof status === "number" ? `: the answer was ${status}` : "";
}
