import { pathsOf, type System, thisSystem } from "../files/system.ts";
import type { NamedFile } from "./source/auth-file.ts";
import { type GooglePlaces, googlePlaces } from "./google/places.ts";

export type Locations = {
  readonly dockerConfig: NamedFile;
  /** In lookup order. */
  readonly containersAuth: readonly NamedFile[];
  readonly google: GooglePlaces;
};

export type LocationOptions = {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  /** The numeric user ID; undefined if the system has none. */
  readonly userId: number | undefined;
  /** The system whose places are searched: this one by default. */
  readonly system?: System;
};

/** Returns where Docker, podman and Google store credentials, following their own lookup. */
export function credentialLocations({ environment, home, userId, system = thisSystem() }: LocationOptions): Locations {
  const named = (path: string): NamedFile => ({ path, name: shorten(path, home, system) });
  const value = (name: string): string | undefined => environment[name] || undefined;
  const paths = pathsOf(system);
  return {
    dockerConfig: named(paths.join(dockerFolder({ environment, home, system }), "config.json")),
    containersAuth: containersPaths({ value, home, userId, system }).map(named),
    google: googlePlaces(environment, { home, named, system }),
  };
}

/** Returns the folder of Docker's config.json, contexts and certificates. */
export function dockerFolder({
  environment,
  home,
  system = thisSystem(),
}: Pick<LocationOptions, "environment" | "home" | "system">): string {
  return environment["DOCKER_CONFIG"] || pathsOf(system).join(home, ".docker");
}

type Paths = {
  readonly value: (name: string) => string | undefined;
  readonly home: string;
  readonly userId: number | undefined;
  readonly system: System;
};

function containersPaths({ value, home, userId, system }: Paths): readonly string[] {
  const only = value("REGISTRY_AUTH_FILE");
  if (only !== undefined) return [only];
  const paths = pathsOf(system);
  const ofHome = paths.join(home, ".config");
  const configHome = value("XDG_CONFIG_HOME") ?? ofHome;
  const folders =
    system === "windows"
      ? // there, podman writes to the home folder, whatever the variables
        [...new Set([ofHome, configHome])].map((folder) => paths.join(folder, "containers"))
      : [...runtimeFolders(value("XDG_RUNTIME_DIR"), userId), paths.join(configHome, "containers")];
  return folders.map((folder) => paths.join(folder, "auth.json"));
}

function runtimeFolders(runtime: string | undefined, userId: number | undefined): readonly string[] {
  if (runtime !== undefined) return [pathsOf("posix").join(runtime, "containers")];
  return userId === undefined ? [] : [`/run/containers/${userId}`];
}

/** Shortens a path to `~/.docker/config.json`, without the user's name. */
function shorten(path: string, home: string, system: System): string {
  const paths = pathsOf(system);
  const isFolder = home !== "" && home !== paths.parse(home).root;
  return isFolder && path.startsWith(home + paths.sep) ? `~${path.slice(home.length)}` : path;
}
