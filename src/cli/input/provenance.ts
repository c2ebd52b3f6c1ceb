import { basename, dirname, isAbsolute, relative, sep } from "node:path";
import { systemClock } from "../../async/system-clock.ts";
import { VERSION } from "../../app/session/version.ts";
import { isThere } from "../../files/is-there.ts";
import { findRevision } from "../../load/checkout.ts";
import { lockFileOf } from "../../load/lock-file.ts";
import { defined } from "../../model/defined.ts";
import type { Provenance } from "../../model/provenance.ts";
import { createExec } from "../../programs/exec.ts";
import type { LockFlags } from "../terminal/options.ts";
import { manifestFiles } from "./files-read.ts";
import type { CommandSetup } from "./setup.ts";

type Flags = LockFlags & { readonly since?: string; readonly only?: readonly string[] };

/** Finds out what a plan that is made now is made from. Runs git. */
export async function findProvenance(
  read: Pick<CommandSetup, "manifest" | "path" | "world">,
  { since, only, lock }: Flags,
): Promise<Provenance> {
  const { path, world } = read;
  const { cwd, signal } = world;
  const locked = lock !== false && (await isThere(lockFileOf(path))) ? [lockFileOf(path)] : [];
  const files = [...manifestFiles(read), ...locked];
  const revision = await findRevision(createExec(world), { folder: dirname(path), files, signal });
  return {
    at: systemClock.now(),
    version: VERSION,
    manifest: nameInside(cwd, path),
    ...defined({ revision, since, only }),
  };
}

/** A file outside of the current folder is shown by its name: where it is says something about the machine. */
function nameInside(cwd: string, path: string): string {
  const way = relative(cwd, path);
  const isOutside = way.startsWith("..") || isAbsolute(way);
  return isOutside ? basename(path) : way.split(sep).join("/");
}
