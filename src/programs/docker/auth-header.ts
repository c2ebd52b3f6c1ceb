import type { Credential } from "../../model/credential.ts";
import { type Secret, secret } from "../../model/secret.ts";
import { dockerConfigKey } from "../../products/table.ts";

/**
 * Returns the X-Registry-Auth header of the Docker Engine API: registries.md section 8. The daemon requires one for anonymous access too.
 */
export function registryAuth(host: string, credential: Credential | undefined): Secret {
  const content = credential === undefined ? {} : { ...contentOf(credential), serveraddress: dockerConfigKey(host) };
  // with padding: without it, docker 20.10 reads no credential and reports no error
  const encoded = Buffer.from(JSON.stringify(content)).toString("base64");
  return secret(encoded.replaceAll("+", "-").replaceAll("/", "_"));
}

function contentOf(credential: Credential): Readonly<Record<string, string>> {
  if (credential.kind === "registry-token") return { registrytoken: credential.token.reveal() };
  if (credential.kind === "identity-token") return { identitytoken: credential.token.reveal() };
  return { username: credential.username, password: credential.password.reveal() };
}
