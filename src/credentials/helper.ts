import { parseObject } from "../model/json.ts";
import { type Exec, type ExecResult, ProgramError } from "../programs/exec.ts";
import type { Credential } from "../model/credential.ts";
import type { Cancellable, Clock, FindOptions } from "../model/ports.ts";
import type { Universes } from "../products/universes.ts";
import { secret } from "../model/secret.ts";
import { credentialsFailed } from "./source/failure.ts";
import { gcloudHelperHint } from "./gcloud-helper.ts";
import { createRenewing } from "./source/renewing.ts";
import { endOfToken } from "./source/token-end.ts";

/** Runs `docker-credential-NAME` for a server. Returns undefined if it reports that it has no credentials. */
export type Helpers = {
  readonly get: (request: HelperRequest, options: FindOptions) => Promise<Credential | undefined>;
};

export type HelperRequest = {
  /** The NAME in docker-credential-NAME. */
  readonly name: string;
  /** Passed to its stdin: the host, or Docker's URL for it. */
  readonly server: string;
  /** The setting that names the helper: `credHelpers in ~/.docker/config.json`. */
  readonly origin: string;
};

const NAME = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,63}$/;
const TIMEOUT_MS = 30_000;
const IDENTITY_TOKEN_USER = "<token>";
/** Part of the protocol, which has no other way to report this. github.com/docker/docker-credential-helpers, credentials/error.go */
const NOT_FOUND = "credentials not found in native keychain";

/** Known lifetimes of a helper's credentials. gcloud's helper renews its token if less than this is left. */
const LIFETIMES_MS: ReadonlyMap<string, number> = new Map([["gcloud", 55 * 60_000]]);
/** docker-credential-gcr returns cached tokens and does not report their expiry. */
const SHORT_LIVED = "gcr";
const SHORT_AGE_MS = 5 * 60_000;

export type HelpersOptions = {
  readonly exec: Exec;
  readonly clock: Pick<Clock, "now">;
  /** For hints: a host's universe decides where gcloud has to be logged in. */
  readonly universes?: Universes;
};

type Answer = { readonly username: string; readonly password: string };

/**
 * Credential helpers. Each one runs once per server, and again before its credentials expire or when the registry refuses them. If a helper
 * fails, the registry fails: other credentials are never used instead (threat T9). Its stdout is secret and appears in no error.
 */
export function createHelpers({ exec, clock, universes }: HelpersOptions): Helpers {
  const lasting = createRenewing(clock);
  const shortLived = createRenewing(clock, { maxAgeMs: SHORT_AGE_MS });
  return {
    get: async ({ name, server, origin }, options) => {
      const renewing = name === SHORT_LIVED ? shortLived : lasting;
      const credential = await renewing(`${name} ${server}`, options, async (signal) => {
        const answer = await ask({ exec, universes, name, server, origin, signal });
        return answer === undefined
          ? undefined
          : { ...toCredential(answer, origin), ...expiryOf(name, answer, clock), ...renewalOf(name) };
      });
      // two settings may name the same helper
      return credential === undefined ? undefined : { ...credential, origin };
    },
  };
}

/** Reports whether a text is a valid NAME in docker-credential-NAME. */
export function isHelperName(name: string): boolean {
  return NAME.test(name);
}

type Ask = HelperRequest & Cancellable & { readonly exec: Exec; readonly universes: Universes | undefined };

async function ask({ exec, universes, name, server, origin, signal }: Ask): Promise<Answer | undefined> {
  if (!isHelperName(name)) {
    throw credentialsFailed(`"${name}" in ${origin} is not the name of a credential helper`, {
      host: server,
      hint: "write NAME of docker-credential-NAME: letters, digits, . _ and -",
    });
  }
  const program = `docker-credential-${name}`;
  const result = await runHelper(program, { exec, server, origin, signal });
  if (result.exitCode === 0) return parseAnswer(result.stdout, { program, server });
  if (result.stdout.trim() === NOT_FOUND) return undefined;
  throw credentialsFailed(`${program} failed for "${server}" with exit code ${result.exitCode}`, {
    host: server,
    hint:
      (name === "gcloud" ? gcloudHelperHint(result, server, universes) : undefined) ??
      `run: echo ${server} | ${program} get (it is named by ${origin})`,
  });
}

async function runHelper(
  program: string,
  { exec, server, origin, signal }: Omit<Ask, "name" | "universes">,
): Promise<ExecResult> {
  try {
    return await exec(program, ["get"], { input: server, timeoutMs: TIMEOUT_MS, signal });
  } catch (thrown) {
    if (!(thrown instanceof ProgramError)) throw thrown;
    const { message, problem, hint } = thrown;
    const remedy = problem === "missing" ? "install it or remove it" : hint;
    throw credentialsFailed(message, { host: server, hint: `${origin} names it for "${server}": ${remedy}` });
  }
}

function parseAnswer(text: string, { program, server }: { program: string; server: string }): Answer {
  const answer = parseObject(text);
  const username = answer?.get("Username");
  const password = answer?.get("Secret");
  if (typeof username === "string" && typeof password === "string" && password !== "") return { username, password };
  throw credentialsFailed(`${program} answered for "${server}" with something other than Username and Secret`, {
    host: server,
    hint: `run ${program} get by hand, and log in again if it needs it`,
  });
}

function expiryOf(name: string, { password }: Answer, clock: Pick<Clock, "now">): { expiresAt?: Date } {
  const lifetime = LIFETIMES_MS.get(name);
  const now = clock.now().getTime();
  if (lifetime !== undefined) return { expiresAt: new Date(now + lifetime) };
  const { expiresAt } = endOfToken(password);
  // an expired token cannot be renewed early, and repeated queries would return it again
  return expiresAt === undefined || expiresAt.getTime() <= now ? {} : { expiresAt };
}

/** Other helpers may return the same stored credentials of `docker login` every time. */
function renewalOf(name: string): { isRenewed?: true } {
  return LIFETIMES_MS.has(name) || name === SHORT_LIVED ? { isRenewed: true } : {};
}

function toCredential({ username, password }: Answer, origin: string): Credential {
  return username === IDENTITY_TOKEN_USER
    ? { kind: "identity-token", token: secret(password), origin }
    : { kind: "basic", username, password: secret(password), origin };
}
