import { basename } from "node:path";
import { dockerFolder } from "../../credentials/locations.ts";
import { resolveDaemon } from "../../programs/docker/daemon.ts";
import { createDockerCli } from "../../programs/docker/docker-cli.ts";
import { createDockerEngine } from "../../programs/docker/engine.ts";
import { createLocalImages } from "../../programs/docker/inspect.ts";
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
  const run = createDockerCli({
    exec: createExec(world),
    command,
    daemon: async (ask, signal) => {
      if (untrusted) throw refused();
      return resolveDaemon({ environment, configFolder }, ask, signal);
    },
  });
  const images = createLocalImages(run, basename(command));
  const privateParents = privateParentsOf(world);
  const { client, credentials } = registries;
  return {
    images,
    openEngine: ({ keepLocal }) => createDockerEngine({ run, images, client, credentials, privateParents, keepLocal }),
    openPuller: () => createDockerPuller({ run, images, retry: client.retry, credentials, privateParents }),
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
