import type { Credential } from "../../model/credential.ts";
import { dockerConfigKey } from "../../products/table.ts";

export type HostCredential = { readonly host: string; readonly credential: Credential | undefined };

/**
 * Returns a Docker config.json, which podman also reads, for only these hosts. A host without credentials gets an empty entry: with no
 * entry at all, docker would search for a credential store on the PATH.
 */
export function dockerAuthFile(hosts: readonly HostCredential[]): string {
  const entries = hosts.flatMap(({ host, credential }) =>
    keysOf(host).map((key) => [key, credential === undefined ? {} : entryOf(credential)] as const),
  );
  return JSON.stringify({ auths: Object.fromEntries(entries) });
}

/** Docker looks up a host by a key that may differ from its name, podman by its name. */
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
