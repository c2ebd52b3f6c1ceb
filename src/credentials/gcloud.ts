import { type Exec, type ExecResult, ProgramError } from "../programs/exec.ts";
import { googleDomainOf } from "../products/table.ts";
import { gcloudIn, type Universes } from "../products/universes.ts";
import { ACCESS_TOKEN_USER, type Credential } from "../model/credential.ts";
import type { Cancellable, Clock, FindOptions } from "../model/ports.ts";
import { type Secret, secret } from "../model/secret.ts";
import { credentialsFailed } from "./source/failure.ts";
import { createRenewing } from "./source/renewing.ts";
import { defined } from "../model/defined.ts";

/** Access tokens of the gcloud command line, for Google Cloud registries. */
export type Gcloud = {
  readonly find: (request: GcloudRequest, options: FindOptions) => Promise<Credential | undefined>;
};

export type GcloudRequest = { readonly host: string; readonly impersonate?: string };

export type GcloudOptions = {
  readonly exec: Exec;
  readonly clock: Pick<Clock, "now">;
  readonly universes?: Universes;
};

const ACCOUNT = /^[a-z0-9][a-z0-9._-]*@[a-z0-9][a-z0-9.-]*$/;
const TOKEN = /^[\x21-\x7e]{1,16384}$/;
const TIMEOUT_MS = 30_000;
/** gcloud may return a cached token with only minutes left and does not report its expiry, so query it again soon. */
const MAX_AGE_MS = 5 * 60_000;

/** A request with the universe of its host, such as `googleapis.com`. */
type Asked = GcloudRequest & { readonly universe: string };

/**
 * Queries gcloud once per universe and impersonated account, and again after five minutes. Google credentials are sent only to Google Cloud
 * registries of their own universe.
 */
export function createGcloud({ exec, clock, universes }: GcloudOptions): Gcloud {
  const renewing = createRenewing(clock, { maxAgeMs: MAX_AGE_MS });
  return {
    find: async (request, options) => {
      const universe = checkRequest(request, universes);
      const { impersonate } = request;
      return renewing(`${universe} ${impersonate ?? ""}`, options, async (signal) => {
        const password = await printToken(exec, { ...request, universe }, signal);
        const origin = `gcloud auth print-access-token${impersonate === undefined ? "" : ` as ${impersonate}`}`;
        const made = { username: ACCESS_TOKEN_USER, password, origin, ...defined({ account: impersonate }) };
        return { kind: "basic", ...made, isRenewed: true };
      });
    },
  };
}

/** Returns the universe of the host. */
function checkRequest({ host, impersonate }: GcloudRequest, universes: Universes | undefined): string {
  const universe = googleDomainOf(host, universes);
  if (universe === undefined) {
    throw credentialsFailed(`"${host}" is not a registry of Google Cloud, so it gets no Google credentials`, {
      host,
      hint: "for another universe, add its domain to universes in your own settings; otherwise remove auth: { gcloud: true }",
    });
  }
  if (impersonate !== undefined && !ACCOUNT.test(impersonate)) {
    throw credentialsFailed(`"${impersonate}" is not a service account`, {
      host,
      hint: "write NAME@PROJECT.iam.gserviceaccount.com",
    });
  }
  return universe;
}

async function printToken(exec: Exec, asked: Asked, signal: AbortSignal): Promise<Secret> {
  const { impersonate } = asked;
  const args = ["auth", "print-access-token"];
  if (impersonate !== undefined) args.push(`--impersonate-service-account=${impersonate}`);
  const result = await runGcloud(exec, args, { ...asked, signal });
  const token = result.stdout.trim();
  if (result.exitCode === 0 && TOKEN.test(token)) return secret(token);
  throw refusal(result, asked);
}

async function runGcloud(
  exec: Exec,
  args: readonly string[],
  { host, universe, signal }: Asked & Cancellable,
): Promise<ExecResult> {
  try {
    return await exec("gcloud", args, {
      timeoutMs: TIMEOUT_MS,
      signal,
      // with its universe, gcloud refuses an account of another one instead of printing its token
      environment: { CLOUDSDK_CORE_DISABLE_PROMPTS: "1", CLOUDSDK_CORE_UNIVERSE_DOMAIN: universe },
    });
  } catch (thrown) {
    if (!(thrown instanceof ProgramError)) throw thrown;
    const { message, problem, hint } = thrown;
    const remedy = problem === "missing" ? "install the Google Cloud CLI" : hint;
    throw credentialsFailed(message, { host, hint: `auth: { gcloud: true } of ${host} needs it: ${remedy}` });
  }
}

/** Classifies a known failure. gcloud's output is not repeated, as it may contain tokens and file names. */
function refusal({ exitCode, stderr }: ExecResult, { host, universe, impersonate }: Asked): Error {
  const loginHint = `run: ${gcloudIn(universe, "gcloud auth login")}`;
  if (stderr.includes("do not currently have an active account")) {
    return credentialsFailed("gcloud has no active account", { host, hint: loginHint });
  }
  if (stderr.includes("[core/universe_domain] property")) {
    return credentialsFailed(`gcloud's active account does not belong to the universe "${universe}"`, {
      host,
      hint: `${loginHint} (or select another account: gcloud config set account ACCOUNT)`,
    });
  }
  if (impersonate !== undefined && stderr.includes("Failed to impersonate")) {
    return credentialsFailed(`gcloud may not act as "${impersonate}"`, {
      host,
      hint: "grant yourself roles/iam.serviceAccountTokenCreator on that service account",
    });
  }
  if (/reauth|invalid_grant|refreshing your current auth tokens/i.test(stderr)) {
    return credentialsFailed("gcloud's login has expired", { host, hint: loginHint });
  }
  const what = exitCode === 0 ? "printed something that is not a token" : `failed with exit code ${exitCode}`;
  return credentialsFailed(`gcloud auth print-access-token ${what}`, { host, hint: "run it by hand" });
}
