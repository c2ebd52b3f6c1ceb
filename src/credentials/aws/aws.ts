import { createSingleFlight } from "../../async/single-flight.ts";
import type { Exec } from "../../programs/exec.ts";
import { isAbort } from "../../model/error.ts";
import type { AwsKeys, AwsKeySource, Clock } from "../../model/ports.ts";
import { secret } from "../../model/secret.ts";
import type { AwsRequests } from "./request-handler.ts";
import { explainFailure, isNothingFound } from "./failure.ts";
import { createProfilePrograms } from "./profile-program.ts";
import { defined } from "../../model/defined.ts";

export type AwsOptions = {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly requests: AwsRequests;
  readonly exec: Exec;
  readonly clock: Pick<Clock, "now" | "sleep">;
};

type Found = { readonly keys?: AwsKeys; readonly failure?: Error; readonly until: number };

/** Total for SSO, STS and the programs of profiles. */
const TIMEOUT_MS = 60_000;
/** Only AWS machines respond at the metadata address, and they do so immediately. */
const METADATA = { timeout: 1000, maxRetries: 0 };
const MARGIN_MS = 5 * 60_000;
/** A source that failed or had no keys is queried again after this time, as it may work later in a long run. */
const FAILURE_MS = 5 * 60_000;

/**
 * Finds AWS keys as the AWS tools do: the environment, then shared profiles (roles, SSO, programs), a web identity, the role of the
 * container or machine. Without keys in the environment, an AWS library searches for them. It is loaded only then.
 */
export function createAws(options: AwsOptions): AwsKeySource {
  const { environment, clock } = options;
  const queries = createSingleFlight<Found>({ keepsResults: true });
  const now = (): number => clock.now().getTime();

  const ask = async (region: string, signal: AbortSignal): Promise<Found> => {
    try {
      const { keys, expiresAt } = await askLibrary(region, options, signal);
      return { keys, until: expiresAt === undefined ? Number.POSITIVE_INFINITY : expiresAt.getTime() - MARGIN_MS };
    } catch (thrown) {
      if (isAbort(thrown) || signal.aborted) throw thrown;
      const until = now() + FAILURE_MS;
      return isNothingFound(thrown, environment) ? { until } : { failure: explainFailure(thrown, environment), until };
    }
  };

  return {
    find: async (region, { signal }) => {
      const fixed = environmentKeys(environment);
      if (fixed !== undefined) return fixed;
      const isGood = ({ until }: Found, isFresh: boolean): boolean => isFresh || until > now();
      return unwrap(await queries(region, signal, (own) => ask(region, own), isGood));
    },
  };
}

function unwrap({ keys, failure }: Found): AwsKeys | undefined {
  if (failure !== undefined) throw failure;
  return keys;
}

/** The variable names of the AWS tools, which CI systems also set. */
function environmentKeys(environment: AwsOptions["environment"]): AwsKeys | undefined {
  const accessKeyId = environment["AWS_ACCESS_KEY_ID"] ?? "";
  const secretAccessKey = environment["AWS_SECRET_ACCESS_KEY"] ?? "";
  if (accessKeyId === "" || secretAccessKey === "") return undefined;
  return toKeys({ accessKeyId, secretAccessKey, sessionToken: environment["AWS_SESSION_TOKEN"] });
}

async function askLibrary(
  region: string,
  { requests, exec, clock }: AwsOptions,
  signal: AbortSignal,
): Promise<{ readonly keys: AwsKeys; readonly expiresAt?: Date | undefined }> {
  const { defaultProvider } = await import("@aws-sdk/credential-provider-node");
  const programs = createProfilePrograms(exec, { signal });
  await programs.takeOver();
  const ended = new AbortController();
  const inner = AbortSignal.any([signal, ended.signal]);
  const requestHandler = requests.handler(inner);
  // some parts of the library read one config, some the other; a region in clientConfig would override that of an SSO session
  const provider = defaultProvider({
    ...METADATA,
    logger: SILENT,
    // the default user agent would report details of this machine, and Deno would require a permission for it
    clientConfig: { requestHandler, defaultUserAgentProvider: async () => [["imgsync", ""]] },
    parentClientConfig: { requestHandler, region: async () => region },
  });
  try {
    const found = await Promise.race([provider(), endAfter(TIMEOUT_MS, clock, inner)]);
    return { keys: toKeys(found), expiresAt: found.expiration };
  } catch (thrown) {
    throw programs.failure() ?? thrown;
  } finally {
    ended.abort();
  }
}

/** Without a logger, the library writes to the console. */
const SILENT = { debug: quiet, info: quiet, warn: quiet, error: quiet };

function quiet(): void {
  // the library's messages do not help users
}

async function endAfter(milliseconds: number, clock: Pick<Clock, "sleep">, signal: AbortSignal): Promise<never> {
  await clock.sleep(milliseconds, signal);
  throw new Error(`no answer within ${milliseconds / 1000} s`);
}

type Plain = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
};

function toKeys({ accessKeyId, secretAccessKey, sessionToken = "" }: Plain): AwsKeys {
  return {
    accessKeyId,
    secretAccessKey: secret(secretAccessKey),
    ...defined({ sessionToken: sessionToken === "" ? undefined : secret(sessionToken) }),
  };
}
