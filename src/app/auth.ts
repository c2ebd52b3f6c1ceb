import { systemClock } from "../async/system-clock.ts";
import type { CredentialStep } from "../model/credential-search.ts";
import { configureHelper, type ConfiguredHelper, proveHelper } from "../credentials/configure-helper.ts";
import { createHelpers } from "../credentials/helper.ts";
import { credentialLocations } from "../credentials/locations.ts";
import { ImgsyncError, withContext } from "../model/error.ts";
import type { Repository } from "../model/reference.ts";
import { credentialHelperFor } from "../products/table.ts";
import type { Universes } from "../products/universes.ts";
import { createExec } from "../programs/exec.ts";
import { readHost } from "./read-place.ts";
import type { Registries } from "./session/registries.ts";
import type { World } from "./session/world.ts";

export type ConfigureAuthRequest = {
  /** HOST or HOST:PORT, as written. */
  readonly host: string;
  /** NAME in docker-credential-NAME. Undefined: the one that belongs to the host's product. */
  readonly helper: string | undefined;
  readonly universes: Universes;
  readonly dryRun: boolean;
  readonly world: World;
  /** Called when the file is written, before the helper is asked. */
  readonly onConfigured: (done: ConfiguredAuth) => void;
};

export type ConfiguredAuth = ConfiguredHelper & {
  readonly host: string;
  readonly helper: string;
  /** Docker's config.json, as messages name it. */
  readonly file: string;
};

/**
 * Adds a credential helper for a host to Docker's config.json, and runs it once to prove that it has credentials.
 * @throws ImgsyncError USAGE if no helper is known for the host, CREDENTIALS_FAILED, or OUTPUT_FAILED
 */
export async function configureAuth({ world, dryRun, ...request }: ConfigureAuthRequest): Promise<ConfiguredAuth> {
  const host = readHost(request.host);
  const helper = request.helper ?? credentialHelperFor(host, request.universes);
  if (helper === undefined) {
    throw new ImgsyncError({
      code: "USAGE",
      message: `no credential helper is known for "${host}"`,
      hint: "add --helper NAME for docker-credential-NAME",
    });
  }
  const file = credentialLocations(world).dockerConfig;
  const entry = { file, host, helper };
  const edit = await configureHelper(entry, { environment: world.environment, clock: systemClock, dryRun });
  const done = { ...edit, host, helper, file: file.name };
  request.onConfigured(done);
  if (dryRun) return done;
  const helpers = createHelpers({ exec: createExec(world), clock: systemClock, universes: request.universes });
  try {
    await proveHelper(entry, { helpers, signal: world.signal });
  } catch (thrown) {
    world.signal.throwIfAborted();
    throw withContext(thrown, { reference: host });
  }
  return done;
}

/** Asks every source of credentials for a repository, in the order in which plan and apply ask them, and closes the registries. */
export async function explainAuth(
  { chain, close }: Pick<Registries, "chain" | "close">,
  repository: Repository,
  signal: AbortSignal,
): Promise<readonly CredentialStep[]> {
  try {
    return await chain.explain(repository, { signal });
  } finally {
    await close();
  }
}
