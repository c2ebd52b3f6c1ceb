import { basename } from "node:path";
import { dockerFolder } from "../../credentials/locations.ts";
import { describePlace, resolveDaemon, selectOnce } from "../../programs/docker/daemon.ts";
import { systemClock } from "../../async/system-clock.ts";
import { createTransfers } from "../../programs/docker/choose-transfers.ts";
import { createDockerCli } from "../../programs/docker/docker-cli.ts";
import { createDockerEngine } from "../../programs/docker/engine.ts";
import { createLocalImages } from "../../programs/docker/inspect.ts";
import { createLocalRecords } from "../../programs/docker/local-records.ts";
import { createDockerPuller } from "../../programs/docker/puller.ts";
import { isFixedPath, pathsOf, thisSystem } from "../../files/system.ts";
import { createExec } from "../../programs/exec.ts";
import { ImgsyncError } from "../../model/error.ts";
import type { NodePuller } from "../../model/node-pull.ts";
import type { Engine, LocalImages } from "../../model/ports.ts";
import type { Registries } from "./registries.ts";
import type { Settings } from "../../settings/settings.ts";
import type { World } from "./world.ts";

export type Docker = {
  readonly images: LocalImages;
  readonly openEngine: (options: { readonly keepLocal: boolean }) => Engine;
  readonly openPuller: () => NodePuller;
};

export type DockerRequest = {
  readonly world: Pick<World, "environment" | "home" | "temporaryFolder" | "trace">;
  readonly settings: Settings;
  readonly untrusted: boolean;
  readonly registries: Pick<Registries, "client" | "credentials">;
};

/** The docker command of this machine, or its configured replacement. Nothing is started before it is needed. */
export function openDocker({ world, settings, untrusted, registries }: DockerRequest): Docker {
  const { environment, home } = world;
  const { dockerCommand: command } = settings;
  const configFolder = dockerFolder({ environment, home });
  const exec = createExec(world);
  const ask = createDockerCli({ exec, command, daemon: async () => ({}) });
  const choose = selectOnce(async (signal) => {
    if (untrusted) throw refused();
    return resolveDaemon({ environment, configFolder }, ask, signal);
  });
  const run = createDockerCli({ exec, command, daemon: choose });
  const name = basename(command);
  const images = createLocalImages(run, name);
  const isContentTrusted = /^(?:1|t|true)$/i.test(environment["DOCKER_CONTENT_TRUST"] ?? "");
  const transfers = createTransfers({ run, name, isContentTrusted, clock: systemClock });
  const privateParents = privateParentsOf(world);
  const { client, credentials } = registries;
  const records = createLocalRecords(privateParents);
  const placeOf = async (signal: AbortSignal): Promise<string> =>
    describePlace(name, environment, await choose(signal));
  const shared = { run, transfers, images, client, credentials, privateParents };
  return {
    images,
    openEngine: ({ keepLocal }) => createDockerEngine({ ...shared, records, placeOf, keepLocal }),
    openPuller: () => createDockerPuller(shared),
  };
}

/** Parent folders for temporary files with secrets, the most private first. The files exist only while a program reads them. */
export function privateParentsOf(
  { environment, temporaryFolder }: Pick<World, "environment" | "temporaryFolder">,
  system = thisSystem(),
): readonly string[] {
  // TEMP may be a folder that other users can read; the profile is not
  const localData = environment["LOCALAPPDATA"];
  const own =
    system === "posix" ? environment["XDG_RUNTIME_DIR"] : localData && pathsOf(system).join(localData, "Temp");
  return [...(own && isFixedPath(own, system) ? [own] : []), temporaryFolder];
}

function refused(): ImgsyncError {
  return new ImgsyncError({
    code: "UNSUPPORTED",
    message: "docker is disabled for untrusted manifests (--untrusted)",
    hint: "use engine: registry, or trust the manifest",
  });
}
