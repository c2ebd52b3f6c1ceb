import { parsePlatform } from "../../model/platform.ts";
import type { Entry } from "../../model/sync-manifest.ts";
import type { Defaults, Entry as WrittenEntry } from "../../schema/generated/images.ts";
import type { FileContext } from "./file-context.ts";
import { readBackup } from "./read-backup.ts";
import { isLocalImage } from "./local-image.ts";
import type { Path } from "./nodes.ts";
import { readMinAge } from "./read-min-age.ts";
import { readSchedule } from "./read-schedule.ts";
import { readVerify } from "./read-verify.ts";

export type EntrySettings = Pick<
  Entry,
  "engine" | "platforms" | "referrers" | "optional" | "prune" | "verify" | "backup" | "minAgeMs" | "schedule"
>;

/** What an entry says itself, then its file's defaults, then ours. */
export function readSettings(
  written: WrittenEntry,
  { path, defaults, context }: { path: Path; defaults: Defaults; context: FileContext },
): EntrySettings {
  const settings = { ...defaults, ...written };
  const base = written.platforms === undefined ? ["defaults"] : path;
  const backup = readBackup(
    settings.backup,
    [...(written.backup === undefined ? ["defaults"] : path), "backup"],
    context,
  );
  const minAgeMs = readMinAge(written, { defaults, path, context });
  const schedule = readSchedule(
    settings.schedule,
    [...(written.schedule === undefined ? ["defaults"] : path), "schedule"],
    context,
  );
  const verify = readVerify(
    settings.verify,
    [...(written.verify === undefined ? ["defaults"] : path), "verify"],
    context,
  );
  if (verify !== undefined && isLocalImage(written.source)) refuseLocal(path, context);
  return {
    engine: isLocalImage(written.source) ? "docker" : (settings.engine ?? "registry"),
    platforms: readPlatforms(settings.platforms ?? "all", [...base, "platforms"], context),
    referrers: settings.referrers ?? true,
    optional: settings.optional ?? false,
    ...(settings.prune === true ? { prune: true as const } : {}),
    ...(backup === undefined ? {} : { backup }),
    ...(minAgeMs === undefined ? {} : { minAgeMs }),
    ...(verify === undefined ? {} : { verify }),
    ...(schedule === undefined ? {} : { schedule }),
  };
}

function refuseLocal(path: Path, { report }: FileContext): void {
  report([...path, "source"], {
    message: "a local image has no signature that could be verified",
    hint: "say verify: false for it",
  });
}

function readPlatforms(
  written: NonNullable<WrittenEntry["platforms"]>,
  path: Path,
  { report }: FileContext,
): Entry["platforms"] {
  if (typeof written === "string") return "all";
  return written.flatMap((text, index) => {
    const platform = parsePlatform(text);
    if (platform !== undefined) return [platform];
    report([...path, index], {
      message: `"${text}" is not a platform`,
      hint: "write OS/ARCHITECTURE, such as linux/amd64",
    });
    return [];
  });
}
