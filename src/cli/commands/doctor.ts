import { type Command, Option } from "commander";
import { diagnose } from "../../app/doctor/doctor.ts";
import type { Universes } from "../../products/universes.ts";
import { ImgsyncError } from "../../model/error.ts";
import type { SyncManifest } from "../../model/sync-manifest.ts";
import { countChecks, DOCTOR_FORMATS, type DoctorFormat } from "../../reporters/doctor-report.ts";
import { isUntrusted } from "../input/is-untrusted.ts";
import { readManifest } from "../input/read-manifest.ts";
import { readSettings } from "../input/read-settings.ts";
import { withRegistries } from "../input/with-registries.ts";
import { type Context, type Look, renderOptionsFor } from "../terminal/context.ts";
import { EXIT } from "../terminal/exit-code.ts";
import { afterHelp, type Example } from "../terminal/help.ts";
import {
  addManifestOptions,
  addNetworkOptions,
  type ManifestFlags,
  type NetworkFlags,
  toConfigFlags,
} from "../terminal/options.ts";
import type { Run } from "../terminal/run.ts";
import { warnOfHosts } from "../terminal/warn.ts";
import { worldOf } from "../terminal/world.ts";

type Flags = ManifestFlags & NetworkFlags & { readonly format: DoctorFormat };

type RegistryConfig = Pick<SyncManifest, "registries" | "entries"> & Partial<SyncManifest>;

const EXAMPLES: readonly Example[] = [
  ["imgsync doctor", "everything the manifest needs"],
  ["imgsync doctor eu-docker.pkg.dev", "one registry"],
  ["imgsync doctor --format json", "for programs"],
];

export function addDoctor(program: Command, run: Run): void {
  const command = program
    .command("doctor")
    .summary("check this machine and its registries")
    .description(
      "Checks the programs on this machine and, for each registry of the manifest, credentials, permissions and immutable tags. Writes nothing. Exits 1 if there is a problem.",
    )
    .argument("[hosts...]", "HOST or HOST/REPOSITORY, instead of the whole manifest")
    .addOption(new Option("--format <format>", "output format").choices(Object.keys(DOCTOR_FORMATS)).default("text"))
    .addHelpText("after", afterHelp({ "Examples:": EXAMPLES }));
  addNetworkOptions(addManifestOptions(command)).action(
    run((context: Context, flags: Flags, ...hosts: readonly string[]) => doctor(context, flags, hosts)),
  );
}

async function doctor(context: Context, flags: Flags, named: readonly string[]): Promise<number> {
  const settings = await readSettings(context, toConfigFlags(flags));
  const look: Look = { color: settings.color, verbose: flags.verbose === true };
  const read = await readRegistryConfig(context, flags, { look, universes: settings.universes });
  if (read === undefined) return EXIT.failed;
  const untrusted = await isUntrusted(context, flags, look);
  const setup = { world: worldOf(context), ...read, settings, untrusted };
  const onWarning = warnOfHosts({ context, look });
  const groups = await withRegistries({ context, look }, { ...setup, onWarning }, (registries) =>
    diagnose({ ...setup, registries, named }),
  );
  context.stdout.write(DOCTOR_FORMATS[flags.format](groups, renderOptionsFor(context, "stdout", look)));
  return countChecks(groups, "problem") > 0 ? EXIT.failed : EXIT.done;
}

/** Without a manifest in this folder, doctor still checks the machine. */
async function readRegistryConfig(
  context: Context,
  flags: Flags,
  { look, universes }: { readonly look: Look; readonly universes: Universes },
): Promise<{ readonly manifest: RegistryConfig; readonly folder: string } | undefined> {
  try {
    return await readManifest(context, flags, look, { universes });
  } catch (thrown) {
    const isMissing = thrown instanceof ImgsyncError && thrown.code === "MANIFEST_UNREADABLE";
    if (!isMissing || flags.file !== undefined) throw thrown;
    return { manifest: { registries: new Map(), entries: [] }, folder: process.cwd() };
  }
}
