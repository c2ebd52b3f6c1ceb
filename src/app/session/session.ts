import { systemClock } from "../../async/system-clock.ts";
import type { Clock, Signatures } from "../../model/ports.ts";
import type { SyncManifest } from "../../model/sync-manifest.ts";
import type { Settings } from "../../settings/settings.ts";
import { readCatalogs } from "./catalogs.ts";
import { type Docker, openDocker } from "./docker.ts";
import { openRegistries, type Registries, type RegistriesOptions } from "./registries.ts";
import { openSignatures } from "./signatures.ts";
import type { World } from "./world.ts";

/** The inputs of a session, known before the first request. */
export type Setup = {
  readonly world: World;
  readonly manifest: SyncManifest;
  /** The folder of the manifest's root file, symbolic links resolved. */
  readonly folder: string;
  readonly settings: Settings;
  /** For an untrusted manifest: no credentials, no programs, only registries of the settings. */
  readonly untrusted: boolean;
  /** The globs over targets to which the work is limited: no list of repositories is read for others. */
  readonly only?: readonly string[] | undefined;
};

/**
 * Registries and programs for one manifest. Nothing is connected or started before it is needed, except that the lists of repositories that
 * patterns need are read at once.
 */
export type Session = Setup & {
  readonly registries: Registries;
  readonly docker: Docker;
  /** Undefined if programs must not be run. */
  readonly signatures: Signatures | undefined;
  readonly clock: Clock;
  readonly onWarning: RegistriesOptions["onWarning"];
  readonly close: () => Promise<void>;
};

export type Observer = Pick<RegistriesOptions, "onAnswer" | "rate" | "clock" | "sharedBy">;

/** @throws ManifestError if files that the manifest refers to cannot be read */
export async function openSession(
  setup: Setup,
  onWarning: RegistriesOptions["onWarning"],
  observer: Observer = {},
): Promise<Session> {
  const { world, manifest, folder, settings, untrusted, only } = setup;
  const { clock = systemClock } = observer;
  const own = { world, manifest, folder, settings, untrusted };
  const registries = await openRegistries({ ...own, ...observer, clock, onWarning });
  const docker = openDocker({ ...own, registries });
  try {
    const signatures = await openSignatures({ ...own, registries });
    const whole = await readCatalogs(manifest, registries, { signal: world.signal, only });
    return { ...own, manifest: whole, registries, docker, signatures, clock, onWarning, close: registries.close };
  } catch (thrown) {
    await registries.close();
    throw thrown;
  }
}

/**
 * Runs work with its own session and closes its connections afterwards.
 * @throws ManifestError if files that the manifest refers to cannot be read, and whatever the work throws
 */
export async function withSession<T>(
  setup: Setup,
  onWarning: RegistriesOptions["onWarning"],
  work: (session: Session) => Promise<T>,
  observer: Observer = {},
): Promise<T> {
  const session = await openSession(setup, onWarning, observer);
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}
