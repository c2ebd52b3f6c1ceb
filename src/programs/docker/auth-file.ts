import type { Credential } from "../../model/credential.ts";
import { dockerConfigKey } from "../../products/table.ts";

export type HostCredential = { readonly host: string; readonly credential: Credential | undefined };

/**
 * Docker's config.json, which podman reads as well, with these hosts alone. One without credentials has an empty entry: a
 * file without any would make docker look for a password store on the PATH and ask that.
 */
export function dockerAuthFile(hosts: readonly HostCredential[]): string {
  const entries = hosts.flatMap(({ host, credential }) =>
    keysOf(host).map((key) => [key, credential === undefined ? {} : entryOf(credential)] as const),
  );
  return JSON.stringify({ auths: Object.fromEntries(entries) });
}

/** Docker looks a host up under a key that may differ from its name, podman under its name. */
function keysOf(host: string): readonly string[] {
  return [...new Set([dockerConfigKey(host), host])];
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
