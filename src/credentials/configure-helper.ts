import type { Environment } from "../programs/environment.ts";
import { findProgram } from "../programs/find-program.ts";
import { diskOf } from "../files/disk.ts";
import { replaceFile } from "../files/replace-file.ts";
import type { Cancellable, Clock } from "../model/ports.ts";
import { type NamedFile, readAuthFile } from "./source/auth-file.ts";
import { dockerConfigKey } from "../products/table.ts";
import { credentialsFailed } from "./source/failure.ts";
import { type Helpers, isHelperName } from "./helper.ts";
import { editHelper, type HelperEdit } from "./helper-entry.ts";
import { readFileState } from "./read-file-state.ts";

export type HelperRequest = {
  /** Docker's config.json. */
  readonly file: NamedFile;
  /** Normalized. */
  readonly host: string;
  /** The NAME in docker-credential-NAME. */
  readonly helper: string;
};

export type ConfigureOptions = {
  readonly environment: Environment;
  readonly clock: Pick<Clock, "sleep">;
  readonly dryRun: boolean;
};

export type ConfiguredHelper = Pick<HelperEdit, "kind" | "previous" | "hidesAuths"> & { readonly key: string };

/**
 * Configures a credential helper for a host in Docker's config.json and reads the file back. With `dryRun`, only reports the change. The
 * program must exist: a missing helper breaks the docker command line for that host.
 * @throws ImgsyncError CREDENTIALS_FAILED or OUTPUT_FAILED
 */
export async function configureHelper(
  { file, host, helper }: HelperRequest,
  { environment, clock, dryRun }: ConfigureOptions,
): Promise<ConfiguredHelper> {
  await checkProgram(helper, host, environment);
  const key = dockerConfigKey(host);
  const state = await readFileState(file);
  const { text, ...edit } = editHelper(state.text, { key, helper }, file.name);
  if (!dryRun && edit.kind !== "none") {
    await replaceFile(state, text, "owner", diskOf(clock));
    await readBack(file, { key, helper });
  }
  return { key, ...edit };
}

/**
 * Runs the helper once, as docker does, and discards the credentials.
 * @throws ImgsyncError CREDENTIALS_FAILED if it returns none
 */
export async function proveHelper(
  { file, host, helper }: HelperRequest,
  { helpers, signal }: { readonly helpers: Helpers } & Cancellable,
): Promise<void> {
  const origin = `credHelpers in ${file.name}`;
  const credential = await helpers.get({ name: helper, server: dockerConfigKey(host), origin }, { signal });
  if (credential !== undefined) return;
  throw credentialsFailed(`docker-credential-${helper} has no credentials for "${host}"`, {
    host,
    hint: `run: docker login ${host}`,
  });
}

async function checkProgram(helper: string, host: string, environment: Environment): Promise<void> {
  if (!isHelperName(helper)) {
    throw credentialsFailed(`"${helper}" is not the name of a credential helper`, {
      host,
      hint: "write NAME of docker-credential-NAME: letters, digits, . _ and -",
    });
  }
  const program = `docker-credential-${helper}`;
  if ((await findProgram(program, environment)) !== undefined) return;
  throw credentialsFailed(`"${program}" is not a program on the PATH, so nothing was written`, {
    host,
    hint: helper === "gcloud" ? "install the Google Cloud CLI, which includes it" : "install it, or name another one",
  });
}

async function readBack(file: NamedFile, { key, helper }: { key: string; helper: string }): Promise<void> {
  const config = await readAuthFile(file);
  if (config?.credHelpers.get(key) === helper) return;
  throw credentialsFailed(`${file.name} was written, but credHelpers there does not say "${key}": "${helper}"`, {
    hint: "another program writes the same file: run it again",
  });
}
