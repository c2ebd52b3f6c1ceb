import { DEFAULT_UNIVERSE, readKey } from "./key.ts";
import { holdSecret } from "../../model/secret.ts";
import { credentialsFailed } from "../source/failure.ts";
import { readTextFile } from "../../files/read-text-file.ts";
import { type GoogleToken, readGrant } from "./access-token.ts";
import { externalAccountToken } from "./external-account.ts";
import { impersonate } from "./impersonate.ts";
import { parseObject, textAt, toMap } from "./json.ts";
import { keyToken } from "./key-token.ts";
import { metadataToken } from "./metadata.ts";
import { formBody, type GoogleSend } from "./send.ts";
import type { GooglePlaces } from "./places.ts";
import { defined } from "../../model/defined.ts";

export type ApplicationDefaultOptions = {
  readonly places: GooglePlaces;
  readonly send: GoogleSend;
  readonly now: () => Date;
  readonly signal: AbortSignal;
};

/** A token, its universe and its origin. */
export type DefaultToken = GoogleToken & { readonly universe: string; readonly origin: string };

type FileOptions = Omit<ApplicationDefaultOptions, "places"> & { readonly name: string };
type Json = ReadonlyMap<string, unknown>;

const MAX_BYTES = 1024 * 1024;
const MAX_DEPTH = 3;
const HINT = "run gcloud auth application-default login, or check GOOGLE_APPLICATION_CREDENTIALS";

/**
 * Application Default Credentials: the file named by the environment, else gcloud's own, else the metadata server. These files belong to
 * the user, so they may decide where credentials are sent. A broken file is an error; the next source is not used instead.
 */
export async function applicationDefaultToken(options: ApplicationDefaultOptions): Promise<DefaultToken> {
  const { places, ...rest } = options;
  for (const { file, isNamed } of filesOf(places)) {
    const read = await readTextFile(file.path, MAX_BYTES);
    if ("problem" in read) {
      if (read.isMissing && !isNamed) continue;
      throw credentialsFailed(`${file.name} ${read.problem}`, { hint: HINT });
    }
    const json = parseObject(read.text);
    if (json === undefined) throw credentialsFailed(`${file.name} is not a JSON object`, { hint: HINT });
    return { ...(await tokenOf(json, { ...rest, name: file.name }, 0)), universe: universeOf(json), origin: file.name };
  }
  return { ...(await metadataToken({ ...rest, host: places.metadataHost })), origin: "the metadata server" };
}

function filesOf({
  defaultFile,
  wellKnownFile,
}: GooglePlaces): { file: { path: string; name: string }; isNamed: boolean }[] {
  if (defaultFile !== undefined) return [{ file: defaultFile, isNamed: true }];
  return [{ file: wellKnownFile, isNamed: false }];
}

async function tokenOf(json: Json, options: FileOptions, depth: number): Promise<GoogleToken> {
  const { name } = options;
  const type = textAt(json, "type");
  if (type === "service_account") return keyToken(readKey(json, name), options);
  if (type === "authorized_user") return userToken(json, options);
  if (type === "external_account") return externalAccountToken(json, options);
  if (type === "impersonated_service_account" && depth < MAX_DEPTH) return impersonatedToken(json, options, depth);
  throw credentialsFailed(`${name} holds credentials of a kind that is not supported`, { hint: HINT });
}

/** Exchanges a user's refresh token for an access token. RFC 6749 section 6. */
async function userToken(json: Json, { name, send, now, signal }: FileOptions): Promise<GoogleToken> {
  const id = textAt(json, "client_id");
  const clientSecret = textAt(json, "client_secret");
  const refreshToken = textAt(json, "refresh_token");
  if (id === undefined || clientSecret === undefined || refreshToken === undefined) {
    throw credentialsFailed(`${name} lacks client_id, client_secret or refresh_token`, { hint: HINT });
  }
  holdSecret(clientSecret);
  holdSecret(refreshToken);
  const url = new URL(`https://oauth2.${universeOf(json)}/token`);
  const form = formBody({
    grant_type: "refresh_token",
    client_id: id,
    client_secret: clientSecret,
    refresh_token: refreshToken,
  });
  const answer = await send({ method: "POST", url, ...form, signal });
  const hint = "the login has expired: run gcloud auth application-default login";
  return readGrant(answer, { who: `the token service ${url.host}`, now: now(), hint });
}

async function impersonatedToken(json: Json, options: FileOptions, depth: number): Promise<GoogleToken> {
  const source = toMap(json.get("source_credentials"));
  const url = textAt(json, "service_account_impersonation_url") ?? "";
  const account = /\/serviceAccounts\/([^/:]+):generateAccessToken$/.exec(url)?.[1];
  if (source === undefined || account === undefined) {
    throw credentialsFailed(`${options.name} lacks source_credentials or the account to act as`, { hint: HINT });
  }
  const delegates: unknown = json.get("delegates");
  const token = await tokenOf(source, options, depth + 1);
  const request = {
    account: decodeURIComponent(account),
    universe: universeOf(json),
    ...defined({ delegates: Array.isArray(delegates) ? delegates.map(String) : undefined }),
  };
  return impersonate(request, { ...options, token });
}

function universeOf(json: Json): string {
  const source = toMap(json.get("source_credentials"));
  return textAt(json, "universe_domain") ?? (source === undefined ? DEFAULT_UNIVERSE : universeOf(source));
}
