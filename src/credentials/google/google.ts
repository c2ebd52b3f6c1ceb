import { createSingleFlight } from "../../async/single-flight.ts";
import { googleDomainOf } from "../../products/table.ts";
import type { Universes } from "../../products/universes.ts";
import { ACCESS_TOKEN_USER, type Credential } from "../../model/credential.ts";
import type { Clock, FindOptions } from "../../model/ports.ts";
import type { GoogleAuth } from "../../model/sync-manifest.ts";
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

/** Requests to Google itself. gcloud and the environment are separate sources. */
export type GoogleRequest = Exclude<GoogleAuth, { readonly kind: "gcloud" | "access-token" }>;

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
  /** Reads a file that images.yaml names, if that is allowed. */
  readonly readKeyFile: (path: string) => Promise<FileText & { readonly hint?: string }>;
  /** Token services that the user's settings trust with the credentials of a host. */
  readonly trustedRealms: (host: string) => readonly string[];
};

type Found = GoogleToken & { readonly universe: string; readonly origin: string };

export function createGoogle(options: GoogleOptions): Google {
  const { send, clock, universes, places, trustedRealms } = options;
  const renewing = createRenewing(clock);
  const keyFiles = createSingleFlight<KeyFile>({ keepsResults: true });
  const readKeyFile = (path: string, signal: AbortSignal): Promise<KeyFile> =>
    keyFiles(path, signal, () => loadKeyFile(path, options));

  const tokenFor = async (host: string, auth: GoogleRequest, signal: AbortSignal): Promise<Found> => {
    const sending = { send, now: clock.now, signal };
    if (auth.kind === "application-default") return applicationDefaultToken({ ...sending, places });
    if (auth.kind === "metadata") {
      return { ...(await metadataToken({ ...sending, host: places.metadataHost })), origin: "the metadata server" };
    }
    const { key } = await readKeyFile(auth.file.path, signal);
    // before the key is used anywhere
    checkUniverse(host, { what: `"${auth.file.path}"`, universe: key.universe }, universes);
    checkTokenUri(key, `"${auth.file.path}"`, trustedRealms(host));
    return { ...(await keyToken(key, sending)), universe: key.universe, origin: `the key of ${key.email}` };
  };

  const accessToken = async (host: string, auth: GoogleRequest, signal: AbortSignal): Promise<Credential> => {
    const found = await tokenFor(host, auth, signal);
    checkUniverse(host, { what: found.origin, universe: found.universe }, universes);
    if (auth.impersonate === undefined) return toCredential(found, found.origin);
    const request = { account: auth.impersonate, universe: found.universe };
    const token = await impersonate(request, { token: found, send, signal });
    return toCredential(token, `${found.origin}, as ${auth.impersonate}`);
  };

  return {
    find: async (host, auth, findOptions) => {
      checkHost(host, universes);
      if (auth.kind === "key-file" && !auth.exchange && auth.impersonate === undefined) {
        return keyCredential(host, auth.file.path, await readKeyFile(auth.file.path, findOptions.signal), universes);
      }
      const path = auth.kind === "key-file" ? auth.file.path : "";
      const key = [auth.kind, path, auth.impersonate ?? "", googleDomainOf(host, universes)].join(" ");
      return renewing(key, findOptions, (signal) => accessToken(host, auth, signal));
    },
    tokenOfKey: async (host, key, findOptions) => {
      const origin = `the key of ${key.email}`;
      checkHost(host, universes);
      checkUniverse(host, { what: origin, universe: key.universe }, universes);
      checkTokenUri(key, origin, trustedRealms(host));
      return renewing(`key ${key.email} ${key.keyId ?? ""}`, findOptions, async (signal) =>
        toCredential(await keyToken(key, { send, now: clock.now, signal }), origin),
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
  return { kind: "basic", username, password, origin: `the key of ${key.email} in ${path}` };
}

async function loadKeyFile(path: string, { readKeyFile }: GoogleOptions): Promise<KeyFile> {
  const read = await readKeyFile(path);
  if (!("problem" in read)) return parseKeyFile(read.text, `"${path}"`);
  throw credentialsFailed(`"${path}" ${read.problem}`, { hint: read.hint ?? "it is named by keyFile in images.yaml" });
}

function toCredential({ token, expiresAt }: GoogleToken, origin: string): Credential {
  return { kind: "basic", username: ACCESS_TOKEN_USER, password: token, expiresAt, isRenewed: true, origin };
}
