import { ImgsyncError } from "../../model/error.ts";
import { credentialsFailed } from "../source/failure.ts";
import { CLOUD_PLATFORM, type GoogleToken, readGrant } from "./access-token.ts";
import type { GoogleAnswer, GoogleSend } from "./send.ts";
import { DEFAULT_UNIVERSE } from "./universe.ts";
import { defined } from "../../model/defined.ts";

export type MetadataOptions = {
  /** `host[:port]`. */
  readonly host: string;
  readonly send: GoogleSend;
  readonly now: () => Date;
  readonly signal: AbortSignal;
};

const ROOT = "/computeMetadata/v1/";
const FLAVOR = "metadata-flavor";

export type MachineToken = GoogleToken & { readonly universe: string; readonly account?: string };

/** Returns an access token of this machine's service account, its universe, and the account's e-mail address. */
export async function metadataToken(options: MetadataOptions): Promise<MachineToken> {
  const universe = await metadataUniverse(options);
  const query = new URLSearchParams({ scopes: CLOUD_PLATFORM });
  const answer = await ask(`instance/service-accounts/default/token?${query.toString()}`, options);
  if (answer.status === 404) {
    throw credentialsFailed("this machine has no service account", {
      hint: "attach one to the machine or node pool, or use other credentials",
    });
  }
  const hint = "the machine's service account may be disabled or lack the scope cloud-platform";
  const token = readGrant(answer, { who: "the metadata server", now: options.now(), hint });
  return { ...token, universe, ...defined({ account: await metadataAccount(options) }) };
}

/** Only hints name the account, so a server that does not know it is no failure. */
async function metadataAccount(options: MetadataOptions): Promise<string | undefined> {
  const answer = await ask("instance/service-accounts/default/email", options).catch((thrown: unknown) => {
    options.signal.throwIfAborted();
    if (!(thrown instanceof ImgsyncError)) throw thrown;
    return undefined;
  });
  const text = answer?.text.trim() ?? "";
  return answer?.status === 200 && /^[\w.+-]+@[\w.-]+$/.test(text) ? text : undefined;
}

/** Servers older than universes do not have this path. */
async function metadataUniverse(options: MetadataOptions): Promise<string> {
  const answer = await ask("universe/universe-domain", options);
  const text = answer.text.trim();
  return answer.status === 200 && /^[a-z0-9.-]+$/.test(text) ? text : DEFAULT_UNIVERSE;
}

async function ask(path: string, { host, send, signal }: MetadataOptions): Promise<GoogleAnswer> {
  const url = urlOf(host, path);
  const answer = await tryAsk(
    send({ method: "GET", url, headers: { [FLAVOR]: "Google" }, isMetadata: true, signal }),
    url,
  );
  if (answer.header(FLAVOR)?.toLowerCase() === "google") return answer;
  // a captive portal or proxy may respond for names that do not exist
  throw credentialsFailed(`"${url.host}" answers, but is not a metadata server`, { hint: "check GCE_METADATA_HOST" });
}

function urlOf(host: string, path: string): URL {
  const bare = host.replace(/^http:\/\//, "").replace(/\/$/, "");
  const text = `http://${bare}${ROOT}${path}`;
  if (/^[A-Za-z0-9.:[\]-]+$/.test(bare) && URL.canParse(text)) return new URL(text);
  throw credentialsFailed(`"${host}" is not the host of a metadata server`, { hint: "check GCE_METADATA_HOST" });
}

async function tryAsk(asking: Promise<GoogleAnswer>, url: URL): Promise<GoogleAnswer> {
  try {
    return await asking;
  } catch (thrown) {
    if (!(thrown instanceof ImgsyncError)) throw thrown;
    throw credentialsFailed(`no metadata server answers at "${url.host}": ${thrown.message}`, {
      hint: "only machines and nodes on Google Cloud have one; elsewhere use other credentials",
    });
  }
}
