import { systemClock } from "../../async/system-clock.ts";
import type { Clock, Signatures } from "../../model/ports.ts";
import type { SyncManifest } from "../../model/sync-manifest.ts";
import type { Settings } from "../../settings/settings.ts";
import { type Docker, openDocker } from "./docker.ts";
import { openRegistries, type Registries, type RegistriesOptions } from "./registries.ts";
import { openSignatures } from "./signatures.ts";
import type { World } from "./world.ts";

/** What is known before the first registry is asked. */
export type Setup = {
  readonly world: World;
  readonly manifest: SyncManifest;
  /** Of the manifest's root file, links resolved. */
  readonly folder: string;
  readonly settings: Settings;
  /** The manifest is not trusted: no credentials, no programs, only registries of the settings. */
  readonly untrusted: boolean;
};

/** Registries and programs for one manifest. Nothing is connected or started before it is needed. */
export type Session = Setup & {
  readonly registries: Registries;
  readonly docker: Docker;
  /** Undefined where no program may be run. */
  readonly signatures: Signatures | undefined;
  readonly clock: Clock;
  readonly close: () => Promise<void>;
};

/** @throws ManifestError where files that the manifest names cannot be read */
export async function openSession(
  setup: Setup,
  onWarning: RegistriesOptions["onWarning"],
  observer: Pick<RegistriesOptions, "onAnswer" | "rate" | "clock"> = {},
): Promise<Session> {
  const { world, manifest, folder, settings, untrusted } = setup;
  const { clock = systemClock } = observer;
  const own = { world, manifest, folder, settings, untrusted };
  const registries = await openRegistries({ ...own, ...observer, clock, onWarning });
  const docker = openDocker({ ...own, registries });
  const signatures = await openSignatures({ ...own, registries });
  return { ...own, registries, docker, signatures, clock, close: registries.close };
}

/**
 * The work's result, with a session of its own whose connections are closed after it.
 * @throws ManifestError where files that the manifest names cannot be read, and what the work throws
 */
export async function withSession<T>(
  setup: Setup,
  onWarning: RegistriesOptions["onWarning"],
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const session = await openSession(setup, onWarning);
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}
