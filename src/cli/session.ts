import type { Clock, Signatures } from "../model/ports.ts";
import { systemClock } from "../async/system-clock.ts";
import type { Context, Look } from "./terminal/context.ts";
import { type Docker, openDocker } from "./docker.ts";
import { isUntrusted } from "./is-untrusted.ts";
import {
  type LockFlags,
  type ManifestFlags,
  type NetworkFlags,
  toConfigFlags,
  type WriteFlags,
} from "./terminal/options.ts";
import { withLock } from "./input/read-locked.ts";
import { type OnFindings, readManifest, type ReadManifest } from "./input/read-manifest.ts";
import { readSettings } from "./input/read-settings.ts";
import { openSignatures } from "./signatures.ts";
import { openRegistries, type Registries, type RegistriesOptions } from "./registries.ts";
import type { Settings } from "../settings/settings.ts";

/** What a command knows before it speaks to anybody: the person's settings and the manifest. */
export type Setup = ReadManifest & {
  readonly context: Context;
  readonly settings: Settings;
  readonly look: Look;
  readonly untrusted: boolean;
};

/** The world outside: registries and this machine's docker. Nothing is connected or started before it is needed. */
export type Session = Setup & {
  readonly registries: Registries;
  readonly docker: Docker;
  /** Undefined where no program may be run. */
  readonly signatures: Signatures | undefined;
  readonly clock: Clock;
  readonly close: () => Promise<void>;
};

/** Reads settings and manifest; undefined after all that is wrong with the manifest has been told on stderr. */
export async function readSetup(
  context: Context,
  flags: ManifestFlags & NetworkFlags & WriteFlags,
  onFindings?: OnFindings,
): Promise<Setup | undefined> {
  const settings = await readSettings(context, toConfigFlags(flags));
  const look: Look = { color: settings.color, verbose: flags.verbose === true };
  const read = await readManifest(context, flags, look, { universes: settings.universes, onFindings });
  return read && { ...read, context, settings, look, untrusted: await isUntrusted(context, flags, look) };
}

/** {@link readSetup}, with what the lock file beside the manifest says. */
export async function readLockedSetup(
  context: Context,
  flags: ManifestFlags & NetworkFlags & WriteFlags & LockFlags,
): Promise<Setup | undefined> {
  const setup = await readSetup(context, flags);
  return setup && withLock(setup, flags, setup);
}

export async function openSession(
  setup: Setup,
  onWarning: RegistriesOptions["onWarning"],
  observer: Pick<RegistriesOptions, "onAnswer" | "rate" | "clock"> = {},
): Promise<Session> {
  const { clock = systemClock } = observer;
  const registries = await openRegistries({ ...setup, ...observer, clock, onWarning });
  const docker = openDocker({ ...setup, registries });
  const signatures = await openSignatures({ ...setup, registries });
  return { ...setup, registries, docker, signatures, clock, close: registries.close };
}
