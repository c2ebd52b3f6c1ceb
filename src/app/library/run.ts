import { defined } from "../../model/defined.ts";
import type { SyncManifest } from "../../model/sync-manifest.ts";
import { settingsOf } from "../../settings/config.ts";
import { openRegistries, type Registries, type RegistriesOptions } from "../session/registries.ts";
import { type Session, withSession as withOpenSession } from "../session/session.ts";
import type { RunOptions } from "./options.ts";
import { worldOf } from "./world.ts";

type ManifestPart = { readonly manifest: SyncManifest; readonly folder: string };

/** Runs work with its own session and closes its connections afterwards. */
export async function withSession<T>(
  { manifest, folder }: ManifestPart,
  options: RunOptions & { readonly sharedBy?: number; readonly only?: readonly string[] },
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const { onWarning, ...setup } = await setupOf(options);
  const observer = defined({ sharedBy: options.sharedBy });
  return withOpenSession({ ...setup, manifest, folder, only: options.only }, onWarning, work, observer);
}

/** Runs work with registries only; of a manifest, only its registry settings are used. */
export async function withRegistries<T>(
  part: ManifestPart | undefined,
  options: RunOptions,
  work: (registries: Registries, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const setup = await setupOf(options);
  const { manifest, folder } = part ?? { manifest: { registries: new Map() }, folder: setup.world.cwd };
  const opened = await openRegistries({ ...setup, manifest, folder });
  try {
    return await work(opened, setup.world.signal);
  } finally {
    await opened.close();
  }
}

async function setupOf(
  options: RunOptions,
): Promise<Pick<RegistriesOptions, "world" | "settings" | "untrusted" | "onWarning">> {
  const world = worldOf(options);
  world.signal.throwIfAborted();
  return {
    world,
    settings: await settingsOf(options.settings ?? {}, world.cwd),
    untrusted: options.untrusted ?? false,
    onWarning: (message, host) => options.onEvent?.({ type: "warning", message, reference: host }),
  };
}
