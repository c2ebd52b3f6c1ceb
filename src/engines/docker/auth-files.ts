import type { Credential } from "../../model/credential.ts";

const HUB = "docker.io";
const HUB_KEY = "https://index.docker.io/v1/";

export type HostCredential = { readonly host: string; readonly credential: Credential | undefined };

/**
 * Docker's config.json with the credentials of these hosts alone. The empty helper names keep docker from asking a
 * password store of its own choice for a host that is to be spoken to without credentials.
 */
export function dockerAuthFile(hosts: readonly HostCredential[]): string {
  const auths = Object.fromEntries(
    hosts.flatMap(({ host, credential }) => (credential === undefined ? [] : [[dockerKey(host), entryOf(credential)]])),
  );
  const credHelpers = Object.fromEntries(hosts.map(({ host }) => [dockerKey(host), ""]));
  return JSON.stringify({ auths, credHelpers });
}

/** The same for podman, which knows Docker Hub by its host and takes an empty helper name for a helper. */
export function podmanAuthFile(hosts: readonly HostCredential[]): string {
  const auths = hosts.flatMap(({ host, credential }) =>
    credential === undefined ? [] : [[host, entryOf(credential)] as const],
  );
  return JSON.stringify({ auths: Object.fromEntries(auths) });
}

function dockerKey(host: string): string {
  return host === HUB ? HUB_KEY : host;
}

function entryOf(credential: Credential): Readonly<Record<string, string>> {
  if (credential.kind === "registry-token") return { registrytoken: credential.token.reveal() };
  if (credential.kind === "identity-token")
    return { auth: encode("<token>:"), identitytoken: credential.token.reveal() };
  return { auth: encode(`${credential.username}:${credential.password.reveal()}`) };
}

function encode(pair: string): string {
  return Buffer.from(pair).toString("base64");
}
