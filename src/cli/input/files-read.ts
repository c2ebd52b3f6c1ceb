import { resolve } from "node:path";
import { lockFileOf } from "../../load/lock-file.ts";
import type { ReadFile } from "../terminal/check-output.ts";
import type { ManifestFlags, NetworkFlags } from "../terminal/options.ts";
import type { CommandSetup } from "./setup.ts";

type Read = Pick<CommandSetup, "manifest" | "path" | "world">;

/** Returns the files of a manifest, absolute: its root file, and the files that it includes. */
export function manifestFiles({ manifest, path, world }: Read): readonly string[] {
  const positions = [
    ...manifest.entries,
    ...(manifest.catalogs ?? []).map(({ entry }) => entry),
    ...manifest.rules,
  ].map(({ position }) => position.file);
  return [path, ...[...new Set(positions)].map((file) => resolve(world.cwd, file))];
}

/** Returns the files that a command has read or will read, with what they are. */
export function filesRead(read: Read, flags: ManifestFlags & NetworkFlags): readonly ReadFile[] {
  const { config } = flags;
  // both flags have one list
  const variables = (flags.var ?? flags.varFile ?? []).flatMap((source) => ("file" in source ? [source.file] : []));
  return [
    ...manifestFiles(read).map((path) => ({ path, what: "the manifest" })),
    { path: lockFileOf(read.path), what: "the lock file" },
    ...variables.map((path) => ({ path, what: "the variables" })),
    ...(config === undefined ? [] : [{ path: config, what: "the settings" }]),
  ];
}
