import { credentialLocations } from "../../credentials/locations.ts";
import type { Check, CheckGroup } from "../../model/check.ts";
import type { Repository } from "../../model/reference.ts";
import type { Entry, SyncManifest } from "../../model/sync-manifest.ts";
import { credentialHelperFor } from "../../products/table.ts";
import { createExec } from "../../programs/exec.ts";
import type { Settings } from "../../settings/settings.ts";
import type { Registries } from "../session/registries.ts";
import type { World } from "../session/world.ts";
import { checkDockerConfig } from "./docker-config.ts";
import { checkMachine } from "./machine.ts";
import { placesOf } from "./places.ts";
import { checkRepository, type Place } from "./repository.ts";

export type DoctorRequest = {
  readonly world: World;
  readonly manifest: Pick<SyncManifest, "registries" | "entries">;
  readonly settings: Settings;
  readonly untrusted: boolean;
  readonly registries: Registries;
  /** `HOST` or `HOST/REPOSITORY`, instead of all repositories of the manifest. */
  readonly named: readonly string[];
};

/**
 * Checks the programs on this machine, and the credentials, permissions and immutable tags of each registry. Writes nothing.
 * @throws ImgsyncError USAGE if a name is not valid
 */
export async function diagnose(request: DoctorRequest): Promise<readonly CheckGroup[]> {
  const { world, manifest, settings, untrusted, registries, named } = request;
  const { signal } = world;
  const places = placesOf(manifest.entries, named);
  const file = credentialLocations(world).dockerConfig;
  const usesDocker = manifest.entries.some(isForDocker);
  const docker = async (host: string): Promise<Check | undefined> => {
    const hasHelper = credentialHelperFor(host, settings.universes) !== undefined;
    if (untrusted || (!hasHelper && !usesDocker)) return undefined;
    return checkDockerConfig(host, file, `${hasHelper ? "imgsync auth configure" : "docker login"} ${host}`);
  };
  const asking = { registries, chain: registries.chain, docker, signal };
  return Promise.all([
    ...(untrusted ? [] : [checkMachine({ exec: createExec(world), ...needsOf(request, places), signal })]),
    ...places.map((place) => checkRepository(place, asking)),
  ]);
}

function needsOf({ manifest, settings, registries: { chain } }: DoctorRequest, places: readonly Place[]) {
  const { dockerCommand } = settings;
  const { entries, registries } = manifest;
  const hosts = [...registries.keys()].map((host): Repository => ({ host, path: "" }));
  const repositories = [...hosts, ...places.map(({ repository }) => repository)];
  const auths = repositories.flatMap((repository) => chain.authOf(repository)?.auth ?? []);
  const helpers = new Set(auths.flatMap((auth) => (auth.kind === "helper" ? [auth.name] : [])));
  const needs = {
    docker: entries.some(isForDocker),
    gcloud: auths.some(({ kind }) => kind === "gcloud"),
    helpers: [...helpers],
    cosign: entries.some(({ verify }) => verify !== undefined),
  };
  return { dockerCommand, needs };
}

function isForDocker({ engine, source }: Entry): boolean {
  return engine === "docker" || source.kind === "docker-daemon";
}
