import { memberOf, textIn, tryParseJson } from "../../model/json.ts";
import type { Cancellable } from "../../model/ports.ts";
import type { DockerCli } from "./docker-cli.ts";

/** Which program the command is. Its name does not say: `docker` may be podman, and nerdctl may have any name. */
export type Program =
  /** Docker's own command with a daemon of docker. `apiVersion`: the version that both know. */
  { readonly kind: "docker"; readonly apiVersion: string } | { readonly kind: "podman" } | { readonly kind: "other" };

/** `docker system dial-stdio` exists since docker 18.09, whose API has this version. */
const OLDEST_MINOR = 39;

/** Resolves to undefined if the program does not answer, as when its daemon is away. */
export async function identifyProgram(run: DockerCli, { signal }: Cancellable): Promise<Program | undefined> {
  const { exitCode, stdout } = await run(["version", "--format", "{{json .}}"], { signal, mayFail: true });
  return exitCode === 0 ? parseVersion(stdout) : undefined;
}

/** Parses what `version` prints as JSON. */
export function parseVersion(text: string): Program {
  const version = tryParseJson(text);
  const client = memberOf(version, "Client");
  // podman's version of its own API has three parts, and no docker has this key
  if (/^\d+\.\d+\.\d+/.test(textAt(client, "APIVersion"))) return { kind: "podman" };
  const apiVersion = textAt(client, "ApiVersion");
  const newest = /^1\.(\d+)$/.exec(textAt(client, "DefaultAPIVersion") || apiVersion)?.[1];
  const components = memberOf(memberOf(version, "Server"), "Components");
  const names = Array.isArray(components) ? components.map((one) => textAt(one, "Name")) : [];
  // podman's service calls a part of itself so too
  const isEngine = names.includes("Engine") && !names.some((name) => /podman/i.test(name));
  return isEngine && /^1\.\d+$/.test(apiVersion) && Number(newest) >= OLDEST_MINOR
    ? { kind: "docker", apiVersion }
    : { kind: "other" };
}

function textAt(value: unknown, key: string): string {
  return textIn(memberOf(value, key)) ?? "";
}
