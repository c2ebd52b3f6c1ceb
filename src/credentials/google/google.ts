import { createSingleFlight } from "../../async/single-flight.ts";
import { googleDomainOf } from "../../products/table.ts";
import type { Universes } from "../../products/universes.ts";
import { ACCESS_TOKEN_USER, type Credential } from "../../model/credential.ts";
import type { Clock, FindOptions } from "../../model/ports.ts";
import type { GoogleAuth, PersonalFile, SettingsFile } from "../../model/sync-manifest.ts";
import { credentialsFailed } from "../source/failure.ts";
import { createRenewing } from "../source/renewing.ts";
import type { FileText } from "../../files/read-text-file.ts";
import type { GoogleToken } from "./access-token.ts";
import { applicationDefaultToken } from "./application-default.ts";
import { checkHost, checkUniverse } from "./host.ts";
import { impersonate } from "./impersonate.ts";
import { type KeyFile, parseKeyFile, type ServiceAccountKey } from "./key.ts";
import { checkTokenUri, keyToken } from "./key-token.ts";
import { metadataToken } from "./metadata.ts";
import type { GooglePlaces } from "./places.ts";
import type { GoogleSend } from "./send.ts";
import { defined } from "../../model/defined.ts";

/** Requests to Google itself. gcloud and the environment are separate sources. */
export type GoogleRequest = Exclude<GoogleAuth, { readonly kind: "gcloud" | "access-token" }>;

/** The place of a key file. */
type KeyFilePlace = SettingsFile | PersonalFile;

/** Google credentials from keys, machines and user logins, only for Google Cloud registries. */
export type Google = {
  readonly find: (host: string, auth: GoogleRequest, options: FindOptions) => Promise<Credential | undefined>;
  /** Returns a token for a key found elsewhere, such as in Docker's config.json. */
  readonly tokenOfKey: (host: string, key: ServiceAccountKey, options: FindOptions) => Promise<Credential | undefined>;
};

export type GoogleOptions = {
  readonly send: GoogleSend;
  readonly clock: Pick<Clock, "now">;
  readonly universes: Universes;
  readonly places: GooglePlaces;
  /** Reads a file of the user's settings, or one that images.yaml names, if that is allowed. */
  readonly readKeyFile: (file: KeyFilePlace) => Promise<FileText & { readonly hint?: string }>;
  /** Token services that the user's settings trust with the credentials of a host. */
  readonly trustedRealms: (host: string) => readonly string[];
};

type Found = GoogleToken & { readonly universe: string; readonly origin: string; readonly account?: string };

export function createGoogle(options: GoogleOptions): Google {
  const { send, clock, universes, places, trustedRealms } = options;
  const renewing = createRenewing(clock);
  const keyFiles = createSingleFlight<KeyFile>({ keepsResults: true });
  const readKeyFile = (file: KeyFilePlace, signal: AbortSignal): Promise<KeyFile> =>
    keyFiles(keyOfFile(file), signal, () => loadKeyFile(file, options));

  const tokenFor = async (host: string, auth: GoogleRequest, signal: AbortSignal): Promise<Found> => {
    const sending = { send, now: clock.now, signal };
    if (auth.kind === "application-default") {
      return applicationDefaultToken({
        ...sending,
        places,
        checkUniverse: (found) => checkUniverse(host, found, universes),
      });
    }
    if (auth.kind === "metadata") {
      return { ...(await metadataToken({ ...sending, host: places.metadataHost })), origin: "the metadata server" };
    }
    const { key } = await readKeyFile(auth.file, signal);
    // before the key is used anywhere
    checkUniverse(host, { what: `"${auth.file.path}"`, universe: key.universe }, universes);
    checkTokenUri(key, `"${auth.file.path}"`, trustedRealms(host));
    const { email, universe } = key;
    return { ...(await keyToken(key, sending)), universe, origin: `the key of ${email}`, account: email };
  };

  const accessToken = async (host: string, auth: GoogleRequest, signal: AbortSignal): Promise<Credential> => {
    const found = await tokenFor(host, auth, signal);
    checkUniverse(host, { what: found.origin, universe: found.universe }, universes);
    if (auth.impersonate === undefined) return toCredential(found, found);
    const account = auth.impersonate;
    const token = await impersonate(
      { account, universe: found.universe },
      { asks: found.account, token: found, send, signal },
    );
    return toCredential(token, { origin: `${found.origin}, as ${account}`, account });
  };

  return {
    find: async (host, auth, findOptions) => {
      checkHost(host, universes);
      if (auth.kind === "key-file" && !auth.exchange && auth.impersonate === undefined) {
        return keyCredential(host, auth.file.path, await readKeyFile(auth.file, findOptions.signal), universes);
      }
      const file = auth.kind === "key-file" ? keyOfFile(auth.file) : "";
      const key = [auth.kind, file, auth.impersonate ?? "", googleDomainOf(host, universes)].join(" ");
      return renewing(key, findOptions, (signal) => accessToken(host, auth, signal));
    },
    tokenOfKey: async (host, key, findOptions) => {
      const origin = `the key of ${key.email}`;
      checkHost(host, universes);
      checkUniverse(host, { what: origin, universe: key.universe }, universes);
      checkTokenUri(key, origin, trustedRealms(host));
      return renewing(`key ${key.email} ${key.keyId ?? ""}`, findOptions, async (signal) =>
        toCredential(await keyToken(key, { send, now: clock.now, signal }), { origin, account: key.email }),
      );
    },
  };
}

function keyCredential(
  host: string,
  path: string,
  { key, username, password }: KeyFile,
  universes: Universes,
): Credential {
  checkUniverse(host, { what: `"${path}"`, universe: key.universe }, universes);
  return { kind: "basic", username, password, origin: `the key of ${key.email} in ${path}`, account: key.email };
}

/** A file of the settings may be one that images.yaml must not read. */
function keyOfFile(file: KeyFilePlace): string {
  return `${"origin" in file ? "own" : "manifest"} ${file.path}`;
}

async function loadKeyFile(file: KeyFilePlace, { readKeyFile }: GoogleOptions): Promise<KeyFile> {
  const { path } = file;
  const read = await readKeyFile(file);
  if (!("problem" in read)) return parseKeyFile(read.text, `"${path}"`);
  const place = "origin" in file ? file.origin : "images.yaml";
  throw credentialsFailed(`"${path}" ${read.problem}`, { hint: read.hint ?? `it is named by keyFile in ${place}` });
}

function toCredential(
  { token, expiresAt }: GoogleToken,
  { origin, account }: Pick<Credential, "origin" | "account">,
): Credential {
  const made = { username: ACCESS_TOKEN_USER, password: token, expiresAt, origin, ...defined({ account }) };
  return { kind: "basic", ...made, isRenewed: true };
}
