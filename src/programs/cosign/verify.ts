import { type Exec, type ExecOptions, type ExecResult, ProgramError } from "../exec.ts";
import { defined } from "../../model/defined.ts";
import { toErrorDetails } from "../../model/error.ts";
import type { Cancellable, Signatures } from "../../model/ports.ts";
import { type DigestReference, formatRepository } from "../../model/reference.ts";
import { signatureKey } from "../../model/signature-policy.ts";
import type { SignaturePolicy } from "../../model/sync-manifest.ts";
import { dockerAuthFile } from "../docker/auth-file.ts";
import { makePrivateFolder, removeLeftovers } from "../docker/private-folder.ts";
import { createSemaphore } from "../../async/semaphore.ts";
import { createSingleFlight } from "../../async/single-flight.ts";
import { prepareVerify } from "./arguments.ts";
import { unchecked, verifyFailure } from "./failure.ts";
import { openReadingPlace, type ReadingPlace, type ReadingPlaceOptions } from "./reading-place.ts";
import { isTooOld } from "./version.ts";

export type CosignOptions = ReadingPlaceOptions & {
  readonly exec: Exec;
  /** `cosign`, or its path. */
  readonly command: string;
  /** Returns the text of a file that a policy names. */
  readonly textOf: (path: string) => string;
  /** Folders for private files, in order of preference. */
  readonly privateParents: readonly string[];
};

/** Each is a separate process with its own connections. */
const AT_A_TIME = 4;
const TIMEOUT_MS = 180_000;
const VERSION_TIMEOUT_MS = 30_000;
/** cosign prints the payload of each signature. */
const MAX_OUTPUT_BYTES = 8 * 1024 * 1024;

/**
 * Verifies signatures with cosign, each once per run. cosign gets its credentials like docker: in a file that only this user can read, in a
 * folder that is removed afterwards.
 */
export function createCosign(options: CosignOptions): Signatures {
  const semaphore = createSemaphore(AT_A_TIME);
  const preparations = createSingleFlight<void>({ keepsResults: true });
  // only successes are kept: a later verification may succeed
  const verifications = createSingleFlight<true>({ keepsResults: true });
  return {
    verify: (image, policy, { signal }) =>
      verifications(signatureKey(image, policy), signal, (own) =>
        semaphore.run(own, async () => {
          await preparations(options.command, own, (signal) => prepare(options, signal));
          return verify(image, policy, options, own);
        }),
      ),
  };
}

async function prepare(options: CosignOptions, signal: AbortSignal): Promise<void> {
  await Promise.all(options.privateParents.map(removeLeftovers));
  const { exitCode, stdout } = await run(["version", "--json"], options, { signal, timeoutMs: VERSION_TIMEOUT_MS });
  if (exitCode !== 0 || !isTooOld(stdout)) return;
  throw unchecked(`${options.command} is older than version 2`, "update it");
}

async function verify(
  image: DigestReference,
  policy: SignaturePolicy,
  options: CosignOptions,
  signal: AbortSignal,
): Promise<true> {
  const place = await openReadingPlace(image, options, { signal });
  try {
    return await verifyAt(place, policy, options, signal);
  } finally {
    await place.close();
  }
}

async function verifyAt(
  { image, host, credential, environment, layout }: ReadingPlace,
  policy: SignaturePolicy,
  options: CosignOptions,
  signal: AbortSignal,
): Promise<true> {
  const { textOf, privateParents } = options;
  const { files, argumentsIn } = prepareVerify({ image, policy, host, textOf });
  const config = dockerAuthFile([{ host: image.repository.host, credential }]);
  const folder = await makePrivateFolder(privateParents, { ...files, "config.json": config });
  try {
    const result = await run(argumentsIn(folder.path), options, {
      signal,
      timeoutMs: TIMEOUT_MS,
      maxOutputBytes: MAX_OUTPUT_BYTES,
      environment: {
        ...environment,
        ...(policy.repository && { COSIGN_REPOSITORY: formatRepository(policy.repository) }),
        DOCKER_CONFIG: folder.path,
        DOCKER_AUTH_CONFIG: undefined,
        REGISTRY_AUTH_FILE: `${folder.path}/config.json`,
        LC_ALL: "C",
      },
    });
    if (result.exitCode === 0) return true;
    throw verifyFailure(result, { policy, credential, ...defined({ layout }) });
  } finally {
    await folder.remove();
  }
}

async function run(
  args: readonly string[],
  { exec, command }: CosignOptions,
  options: ExecOptions & Cancellable,
): Promise<ExecResult> {
  try {
    return await exec(command, args, options);
  } catch (thrown) {
    if (!(thrown instanceof ProgramError)) throw thrown;
    const hint = thrown.problem === "missing" ? "install cosign 2 or newer" : undefined;
    const { message, hint: other = "run it by hand" } = toErrorDetails(thrown);
    throw unchecked(message, hint ?? other, thrown);
  }
}
