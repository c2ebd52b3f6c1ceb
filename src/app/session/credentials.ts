import { type CredentialChain, createCredentials } from "../../credentials/chain.ts";
import { createContainersAuth } from "../../credentials/containers-auth.ts";
import type { AuthTable } from "../../credentials/explicit-auth.ts";
import { createDockerAuthConfig, createDockerConfig } from "../../credentials/docker-config.ts";
import { createEnvironmentCredentials, requireEnvironmentToken } from "../../credentials/environment.ts";
import { createGcloud } from "../../credentials/gcloud.ts";
import { createGoogle, type Google } from "../../credentials/google/google.ts";
import { createGoogleSend } from "../../credentials/google/send.ts";
import { createHelpers } from "../../credentials/helper.ts";
import { credentialLocations } from "../../credentials/locations.ts";
import type { CredentialSource } from "../../credentials/source/source.ts";
import { type FileText, readTextFile } from "../../files/read-text-file.ts";
import { createExec } from "../../programs/exec.ts";
import type { HostSettings } from "../../model/host-settings.ts";
import type { Egress } from "../../http/egress.ts";
import type { PersonalFile, SettingsFile, SyncManifest } from "../../model/sync-manifest.ts";
import { systemClock } from "../../async/system-clock.ts";
import { type Inside, NOT_INSIDE, pathInside } from "../../files/file-inside.ts";
import type { Settings } from "../../settings/settings.ts";
import type { World } from "./world.ts";

/** The registry settings of a manifest; `list` and `auth` have no entries. */
export type RegistryConfig = Pick<SyncManifest, "registries"> &
  Partial<Pick<SyncManifest, "entries" | "catalogs" | "prefixAuth">>;

export type CredentialsOptions = {
  readonly world: Pick<World, "environment" | "home" | "userId" | "trace">;
  readonly manifest: RegistryConfig;
  /** The folder of images.yaml. */
  readonly folder: string;
  readonly settings: Pick<Settings, "universes" | "allowFiles" | "registries" | "auth">;
  readonly untrusted: boolean;
  readonly egress: Egress;
  readonly settingsFor: (host: string) => HostSettings;
};

const MAX_KEY_BYTES = 64 * 1024;

/** Returns the credential chain for these registries. Nothing is read before the first lookup. */
export function openCredentials(options: CredentialsOptions): {
  readonly chain: CredentialChain;
  readonly google: Google;
} {
  const { world, manifest, settings, untrusted } = options;
  const { environment } = world;
  const { universes } = settings;
  const exec = createExec(world);
  const helpers = createHelpers({ exec, clock: systemClock, universes });
  const locations = credentialLocations(world);
  const dockerAuthConfig = environment["DOCKER_AUTH_CONFIG"] ?? "";
  const sources: readonly CredentialSource[] = [
    createEnvironmentCredentials(environment, universes),
    ...(dockerAuthConfig === "" ? [] : [createDockerAuthConfig(dockerAuthConfig)]),
    createDockerConfig({ file: locations.dockerConfig, helpers }),
    ...locations.containersAuth.map((file) => createContainersAuth({ file, helpers })),
  ];
  const google = openGoogle(options, locations.google);
  const chain = createCredentials({
    auth: [settings.auth, manifestAuth(manifest)],
    sources,
    helpers,
    gcloud: createGcloud({ exec, clock: systemClock, universes }),
    google,
    accessToken: async (host) => requireEnvironmentToken(environment, host, universes),
    untrusted,
    universes,
    trace: world.trace,
  });
  return { chain, google };
}

function manifestAuth({ registries, prefixAuth = new Map() }: RegistryConfig): AuthTable {
  const hosts = [...registries].flatMap(([host, { auth }]) => (auth === undefined ? [] : [[host, auth] as const]));
  return new Map([...hosts, ...prefixAuth].map(([key, auth]) => [key, { auth, place: "images.yaml" }]));
}

function openGoogle(
  { folder, settings, egress, settingsFor }: CredentialsOptions,
  places: ReturnType<typeof credentialLocations>["google"],
): Google {
  const inside = { folder, allowed: settings.allowFiles };
  return createGoogle({
    send: createGoogleSend({ egress, settingsFor, clock: systemClock, random: Math.random }),
    clock: systemClock,
    universes: settings.universes,
    places,
    readKeyFile: (file) => readKeyFile(file, inside),
    trustedRealms: (host) => settings.registries.get(host)?.trustedRealms ?? [],
  });
}

async function readKeyFile(
  file: SettingsFile | PersonalFile,
  inside: Inside,
): Promise<FileText & { readonly hint?: string }> {
  const { path } = file;
  if ("origin" in file) return readTextFile(path, MAX_KEY_BYTES);
  const real = await pathInside(path, inside);
  const read = real === undefined ? NOT_INSIDE : await readTextFile(real, MAX_KEY_BYTES);
  return "isMissing" in read ? NOT_INSIDE : read;
}
