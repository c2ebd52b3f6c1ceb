import { readKey } from "./key.ts";
import { ImgsyncError } from "../../model/error.ts";
import { holdSecret } from "../../model/secret.ts";
import { credentialsFailed } from "../source/failure.ts";
import { readTextFile } from "../../files/read-text-file.ts";
import { type GoogleToken, readGrant } from "./access-token.ts";
import { externalAccountToken } from "./external-account.ts";
import { impersonate } from "./impersonate.ts";
import { asObject, parseObject, textIn } from "../../model/json.ts";
import { keyToken } from "./key-token.ts";
import { metadataToken } from "./metadata.ts";
import { formBody, type GoogleSend } from "./send.ts";
import type { GooglePlaces } from "./places.ts";
import { DEFAULT_UNIVERSE, universeDomainIn } from "./universe.ts";
import { defined } from "../../model/defined.ts";

export type ApplicationDefaultOptions = {
  readonly places: GooglePlaces;
  /** Called with the universe of a file before anything of it is sent. Throws if the token could not be used. */
  readonly checkUniverse: (found: { readonly what: string; readonly universe: string }) => void;
  readonly send: GoogleSend;
  readonly now: () => Date;
  readonly signal: AbortSignal;
};

/** A token, its universe, its origin, and its account if that is known. */
export type DefaultToken = GoogleToken & {
  readonly universe: string;
  readonly origin: string;
  readonly account?: string;
};

type FileOptions = Omit<ApplicationDefaultOptions, "places" | "checkUniverse"> & { readonly name: string };
type Json = ReadonlyMap<string, unknown>;

const MAX_BYTES = 1024 * 1024;
const MAX_DEPTH = 3;
const HINT = "run gcloud auth application-default login, or check GOOGLE_APPLICATION_CREDENTIALS";

/**
 * Application Default Credentials: the file named by the environment, else gcloud's own, else the metadata server. These files belong to
 * the user, so they may decide where credentials are sent. A broken file is an error; the next source is not used instead.
 */
export async function applicationDefaultToken(options: ApplicationDefaultOptions): Promise<DefaultToken> {
  const { places, checkUniverse, ...rest } = options;
  for (const { file, isNamed } of filesOf(places)) {
    const read = await readTextFile(file.path, MAX_BYTES);
    if ("problem" in read) {
      if (read.isMissing && !isNamed) continue;
      throw credentialsFailed(`${file.name} ${read.problem}`, { hint: HINT });
    }
    const json = parseObject(read.text);
    if (json === undefined) throw credentialsFailed(`${file.name} is not a JSON object`, { hint: HINT });
    const { name } = file;
    const universe = universeOf(json, name, 0);
    checkUniverse({ what: name, universe });
    const token = await tokenOf(json, { ...rest, name }, 0);
    return { ...token, universe, origin: name, ...defined({ account: accountOf(json) }) };
  }
  try {
    return { ...(await metadataToken({ ...rest, host: places.metadataHost })), origin: "the metadata server" };
  } catch (thrown) {
    if (!(thrown instanceof ImgsyncError)) throw thrown;
    throw credentialsFailed(
      `there are no Application Default Credentials: no file ${places.wellKnownFile.name}, and ${thrown.message}`,
      { hint: "run gcloud auth application-default login, or name a file in GOOGLE_APPLICATION_CREDENTIALS" },
    );
  }
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
  const type = textIn(json.get("type"));
  if (type === "service_account") return keyToken(readKey(json, name), options);
  if (type === "authorized_user") return userToken(json, options);
  if (type === "external_account") {
    return externalAccountToken(json, { ...options, universe: universeOf(json, name, depth) });
  }
  if (type === "impersonated_service_account" && depth < MAX_DEPTH) return impersonatedToken(json, options, depth);
  if (type === "external_account_authorized_user") {
    throw credentialsFailed(`${name} is a login by Workforce Identity Federation, which is not supported`, {
      hint: "write auth: { gcloud: true } instead",
    });
  }
  throw credentialsFailed(`${name} holds credentials of a kind that is not supported`, { hint: HINT });
}

/** Exchanges a user's refresh token for an access token. RFC 6749 section 6. Google's libraries do so only for googleapis.com. */
async function userToken(json: Json, { name, send, now, signal }: FileOptions): Promise<GoogleToken> {
  const universe = universeOf(json, name, 0);
  if (universe !== DEFAULT_UNIVERSE) {
    throw credentialsFailed(
      `${name} is a user's login of the universe "${universe}", which cannot be renewed from it`,
      {
        hint: "write auth: { gcloud: true }, or use the key of a service account",
      },
    );
  }
  const id = textIn(json.get("client_id"));
  const clientSecret = textIn(json.get("client_secret"));
  const refreshToken = textIn(json.get("refresh_token"));
  if (id === undefined || clientSecret === undefined || refreshToken === undefined) {
    throw credentialsFailed(`${name} lacks client_id, client_secret or refresh_token`, { hint: HINT });
  }
  holdSecret(clientSecret);
  holdSecret(refreshToken);
  const url = new URL(`https://oauth2.${universe}/token`);
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
  const source = asObject(json.get("source_credentials"));
  const account = impersonatedIn(json);
  if (source === undefined || account === undefined) {
    throw credentialsFailed(`${options.name} lacks source_credentials or the account to act as`, { hint: HINT });
  }
  const delegates: unknown = json.get("delegates");
  const token = await tokenOf(source, options, depth + 1);
  const request = {
    account,
    universe: universeOf(json, options.name, depth),
    ...defined({ delegates: Array.isArray(delegates) ? delegates.map(String) : undefined }),
  };
  return impersonate(request, { ...options, asks: accountOf(source), token });
}

/** Returns the account that a file acts as, if the file names it. */
function accountOf(json: Json): string | undefined {
  return impersonatedIn(json) ?? textIn(json.get("client_email")) ?? textIn(json.get("account"));
}

function impersonatedIn(json: Json): string | undefined {
  const url = textIn(json.get("service_account_impersonation_url")) ?? "";
  const account = /\/serviceAccounts\/([^/:]+):generateAccessToken$/.exec(url)?.[1];
  return account?.replace("%40", "@");
}

/** Impersonation happens in the universe of the credentials that ask for it: their token is never sent to another. */
function universeOf(json: Json, name: string, depth: number): string {
  const own = universeDomainIn(json, name);
  const source = asObject(json.get("source_credentials"));
  if (source === undefined || depth >= MAX_DEPTH) return own ?? DEFAULT_UNIVERSE;
  const universe = universeOf(source, name, depth + 1);
  if (own === undefined || own === universe) return universe;
  throw credentialsFailed(`${name} belongs to the universe "${own}", and its source_credentials to "${universe}"`, {
    hint: HINT,
  });
}
