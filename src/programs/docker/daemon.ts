import { memberOf, tryParseJson } from "../../model/json.ts";
import { createSingleFlight } from "../../async/single-flight.ts";
import { pathsOf, type System, thisSystem } from "../../files/system.ts";
import type { Environment } from "../exec.ts";
import { ImgsyncError } from "../../model/error.ts";
import type { DockerCli } from "./docker-cli.ts";
import { lastWords } from "./failure.ts";

export type DaemonOptions = {
  readonly environment: Environment;
  /** The folder of docker's own config.json, contexts and certificates. */
  readonly configFolder: string;
  /** The system that the daemon's files are on: this one by default. */
  readonly system?: System;
};

/**
 * Returns variables that select docker's current daemon. They still apply when DOCKER_CONFIG points to another folder, without contexts and
 * certificates. Empty for programs without contexts, such as podman.
 * @throws ImgsyncError UNSUPPORTED if the selected context does not exist
 */
export async function resolveDaemon(
  { environment, configFolder, system = thisSystem() }: DaemonOptions,
  run: DockerCli,
  signal: AbortSignal,
): Promise<Environment> {
  if ((environment["DOCKER_HOST"] ?? "") !== "") {
    return { DOCKER_CONTEXT: undefined, DOCKER_CERT_PATH: environment["DOCKER_CERT_PATH"] || configFolder };
  }
  const result = await run(["context", "inspect"], { signal, mayFail: true });
  if (result.exitCode === 0) return fromContext(result.stdout, system);
  const words = lastWords(result);
  if (!/context .*not found|context not found/i.test(words)) return {};
  throw new ImgsyncError({
    code: "UNSUPPORTED",
    message: `the selected docker context cannot be used: ${words}`,
    hint: "docker context ls lists them; DOCKER_CONTEXT and docker context use select one",
  });
}

/** Selects the daemon once for all commands. A context or program that does not exist is still missing for the next command. */
export function selectOnce(
  select: (signal: AbortSignal) => Promise<Environment>,
): (signal: AbortSignal) => Promise<Environment> {
  const selections = createSingleFlight<Environment>({ keepsResults: true, isLasting: isUnsupported });
  return (signal) => selections("daemon", signal, select);
}

function isUnsupported(thrown: unknown): boolean {
  return thrown instanceof ImgsyncError && thrown.code === "UNSUPPORTED";
}

/** Variables that select a daemon, or the images of podman and nerdctl. */
const PLACES = [
  "DOCKER_HOST",
  "CONTAINER_HOST",
  "CONTAINERS_STORAGE_CONF",
  "CONTAINERD_ADDRESS",
  "CONTAINERD_NAMESPACE",
];

/** Identifies the program and its daemon, so that a later run recognises both. `chosen`: what resolveDaemon returned. */
export function describePlace(name: string, environment: Environment, chosen: Environment): string {
  const selected = { ...environment, ...chosen };
  return [name, ...PLACES.map((variable) => selected[variable] ?? "")].join(" ");
}

function fromContext(text: string, system: System): Environment {
  const context = first(tryParseJson(text));
  const endpoint = memberOf(memberOf(context, "Endpoints"), "docker");
  const host = memberOf(endpoint, "Host");
  if (typeof host !== "string" || host === "") return {};
  const files = memberOf(memberOf(context, "TLSMaterial"), "docker");
  const path = memberOf(memberOf(context, "Storage"), "TLSPath");
  const chosen = { DOCKER_HOST: host, DOCKER_CONTEXT: undefined };
  if (!Array.isArray(files) || files.length === 0 || typeof path !== "string") return chosen;
  const verify = memberOf(endpoint, "SkipTLSVerify") !== true;
  return {
    ...chosen,
    DOCKER_CERT_PATH: pathsOf(system).join(path, "docker"),
    DOCKER_TLS: "1",
    DOCKER_TLS_VERIFY: verify ? "1" : undefined,
  };
}

function first(value: unknown): unknown {
  return Array.isArray(value) ? value[0] : value;
}
