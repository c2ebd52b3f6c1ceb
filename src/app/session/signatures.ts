import { createCosign } from "../../programs/cosign/verify.ts";
import { createExec } from "../../programs/exec.ts";
import { readTextFile } from "../../files/read-text-file.ts";
import type { Diagnostic } from "../../model/error.ts";
import type { Signatures } from "../../model/ports.ts";
import type { SettingsFile, SignaturePolicy, SyncManifest } from "../../model/sync-manifest.ts";
import { privateParentsOf } from "./docker.ts";
import { type Inside, NOT_INSIDE, pathInside } from "../../files/file-inside.ts";
import type { Registries } from "./registries.ts";
import type { Settings } from "../../settings/settings.ts";
import { refuseUnusable } from "./unusable-files.ts";
import { createServe } from "../../stores/as-registry/serve.ts";
import type { World } from "./world.ts";

export type SignaturesRequest = {
  readonly world: Pick<World, "environment" | "temporaryFolder">;
  readonly manifest: SyncManifest;
  /** The folder of images.yaml. */
  readonly folder: string;
  readonly settings: Settings;
  readonly untrusted: boolean;
  readonly registries: Pick<Registries, "client" | "credentials" | "settingsFor">;
};

/** A key has a few hundred bytes, the trusted root of Sigstore about ten thousand. */
const MAX_BYTES = 1024 * 1024;

/**
 * Returns cosign for the signatures that the manifest requires; it is started when there is something to verify. Returns undefined for an
 * untrusted manifest, for which programs are not run.
 * @throws ManifestError if files that `verify` refers to cannot be read
 */
export async function openSignatures(request: SignaturesRequest): Promise<Signatures | undefined> {
  const { world, manifest, folder, settings, untrusted, registries } = request;
  if (untrusted) return undefined;
  const entries = [...manifest.entries, ...(manifest.catalogs ?? []).map(({ entry }) => entry)];
  const policies = entries.flatMap(({ verify }) => (verify === undefined ? [] : [verify]));
  const { texts, diagnostics } = await readAll(policies.flatMap(filesOf), { folder, allowed: settings.allowFiles });
  refuseUnusable(diagnostics);
  return createCosign({
    exec: createExec(world),
    command: "cosign",
    credentials: registries.credentials,
    settingsFor: registries.settingsFor,
    serve: createServe(registries.client),
    privateParents: privateParentsOf(world),
    textOf: (path) => {
      const text = texts.get(path);
      if (text === undefined) throw new Error("a file that was not read");
      return text;
    },
  });
}

type Texts = { readonly texts: ReadonlyMap<string, string>; readonly diagnostics: readonly Diagnostic[] };

/** Read once before anything is verified, so that the trusted keys cannot change during a run. */
async function readAll(files: readonly SettingsFile[], inside: Inside): Promise<Texts> {
  const texts = new Map<string, string>();
  const diagnostics: Diagnostic[] = [];
  for (const { path, position } of new Map(files.map((file) => [file.path, file])).values()) {
    const real = await pathInside(path, inside);
    const read = real === undefined ? NOT_INSIDE : await readTextFile(real, MAX_BYTES);
    if ("problem" in read) {
      const hint = "hint" in read && read.hint !== undefined ? { hint: read.hint } : {};
      diagnostics.push({ severity: "error", position, message: `"${path}" ${read.problem}`, ...hint });
    } else texts.set(path, read.text);
  }
  return { texts, diagnostics };
}

function filesOf({ signer, trustedRoot }: SignaturePolicy): readonly SettingsFile[] {
  return [...(signer.kind === "key" ? [signer.file] : []), ...(trustedRoot === undefined ? [] : [trustedRoot])];
}
