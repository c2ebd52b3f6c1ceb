import { join } from "node:path";
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
};

/** Returns where Docker, podman and Google store credentials, following their own lookup. */
export function credentialLocations({ environment, home, userId }: LocationOptions): Locations {
  const named = (path: string): NamedFile => ({ path, name: shorten(path, home) });
  const value = (name: string): string | undefined => environment[name] || undefined;
  const dockerFolder = value("DOCKER_CONFIG") ?? join(home, ".docker");
  return {
    dockerConfig: named(join(dockerFolder, "config.json")),
    containersAuth: containersPaths({ value, home, userId }).map(named),
    google: googlePlaces(environment, { home, named }),
  };
}

type Paths = { value: (name: string) => string | undefined; home: string; userId: number | undefined };

function containersPaths({ value, home, userId }: Paths): readonly string[] {
  const only = value("REGISTRY_AUTH_FILE");
  if (only !== undefined) return [only];
  const runtime = value("XDG_RUNTIME_DIR");
  const runtimeFolder = runtime ?? (userId === undefined ? undefined : `/run/containers/${userId}`);
  const folders = [
    ...(runtimeFolder === undefined ? [] : [runtime === undefined ? runtimeFolder : join(runtimeFolder, "containers")]),
    join(value("XDG_CONFIG_HOME") ?? join(home, ".config"), "containers"),
  ];
  return folders.map((folder) => join(folder, "auth.json"));
}

/** Shortens a path to `~/.docker/config.json`, without the user's name. */
function shorten(path: string, home: string): string {
  return home !== "" && home !== "/" && path.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : path;
}
