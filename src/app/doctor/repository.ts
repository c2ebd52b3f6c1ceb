import type { CredentialChain } from "../../credentials/chain.ts";
import type { CredentialStep } from "../../model/credential-search.ts";
import { type ErrorDetails, toErrorDetails } from "../../model/error.ts";
import type { Preflight, RepositoryAccess } from "../../model/preflight.ts";
import { formatRepository, type Repository } from "../../model/reference.ts";
import type { TagPolicy } from "../../model/tag-policy.ts";
import type { Check, CheckGroup } from "../../model/check.ts";
import { isLoopback } from "../../http/address.ts";
import type { Registries } from "../session/registries.ts";
import { defined } from "../../model/defined.ts";

/** A repository of the manifest, or a host given by name. A host is represented by a probe repository that is unlikely to exist. */
export type Place = {
  readonly repository: Repository;
  readonly access: RepositoryAccess;
  /** A tag that the manifest maps from or to this repository. */
  readonly tag: string;
  readonly isHostOnly: boolean;
};

export type RepositoryRequest = {
  readonly registries: Registries;
  readonly chain: CredentialChain;
  /** Whether Docker itself would find credentials for a host, and in which file. */
  readonly docker: (host: string) => Promise<Check | undefined>;
  readonly signal: AbortSignal;
};

/** Checks whether the repository is reachable, with which credentials, and with which permissions. */
export async function checkRepository(place: Place, request: RepositoryRequest): Promise<CheckGroup> {
  const { repository, access, tag, isHostOnly } = place;
  const { registries, chain, docker, signal } = request;
  const { hosts, client } = registries;
  const steps = await chain.explain({ ...repository, path: isHostOnly ? "" : repository.path }, { signal });
  const credentials = await withLife(describeCredentials(steps, repository), repository, request);
  const isBroken = credentials.status === "problem";
  const isAsked = !isHostOnly && !isBroken && hosts !== undefined;
  const [reach, preflight, policy, configured] = await Promise.all([
    isBroken ? undefined : attempt(client.reader.resolve({ repository, tag }, { signal }), signal),
    isAsked ? attempt(hosts.preflight(repository, { access, signal }), signal) : undefined,
    isAsked && access === "write" ? hosts.tagPolicy(repository, { tags: [tag], signal }) : undefined,
    docker(repository.host),
  ]);
  const isAnonymous = steps.every(({ outcome }) => outcome.kind === "none");
  const isOpen = isAsked && access === "write" && isAnonymous && reach?.error === undefined;
  const isClosed = isAnonymous && reach?.error !== undefined && REFUSED.has(reach.error.code);
  const checks = [
    isClosed ? notLoggedIn(place, request) : isOpen ? warnOfAnonymousPush(credentials, place, request) : credentials,
    ...(configured === undefined ? [] : [configured]),
    ...(reach === undefined ? [] : describeReach(reach, place)),
    ...(preflight === undefined ? [] : describePreflight(preflight, access)),
    ...(!isAsked || access === "read" ? [] : [describePolicy(policy, tag)]),
  ];
  const about = isHostOnly ? repository.host : `${formatRepository(repository)} (${access})`;
  return { about, checks: checks.map(withoutRepeatedHint) };
}

const ANONYMOUS = "none; asked anonymously";
const REFUSED: ReadonlySet<ErrorDetails["code"]> = new Set(["UNAUTHENTICATED", "DENIED"]);

/** A probe repository may be refused because it does not exist, so for a host alone this is only a warning. */
function notLoggedIn({ repository, isHostOnly }: Place, { chain }: RepositoryRequest): Check {
  return {
    name: "credentials",
    status: isHostOnly ? "warning" : "problem",
    message: "none; the registry refuses anonymous requests",
    hint: chain.advise(repository, undefined),
  };
}

/** Missing credentials cause several problems, which have the same hint. */
function withoutRepeatedHint(check: Check, at: number, all: readonly Check[]): Check {
  const { hint, ...rest } = check;
  const isRepeated = hint !== undefined && all.slice(0, at).some((earlier) => earlier.hint === hint);
  return isRepeated ? rest : check;
}

type Attempt<T> = { readonly value?: T | undefined; readonly error?: ErrorDetails };

async function attempt<T>(work: Promise<T>, signal: AbortSignal): Promise<Attempt<T>> {
  try {
    return { value: await work };
  } catch (thrown) {
    signal.throwIfAborted();
    return { error: toErrorDetails(thrown) };
  }
}

function describeCredentials(steps: readonly CredentialStep[], { host }: Repository): Check {
  const name = "credentials";
  for (const { source, outcome } of steps) {
    if (outcome.kind === "found") return { name, status: "ok", message: `from ${outcome.origin}` };
    if (outcome.kind === "failed") {
      const { message, hint = `imgsync auth explain ${host}` } = outcome.error;
      return { name, status: "problem", message: `${source}: ${message}`, hint };
    }
  }
  return { name, status: "ok", message: ANONYMOUS };
}

/** A registry on localhost is usually for testing; any other registry that accepts anonymous pushes accepts them from everyone. */
function warnOfAnonymousPush(check: Check, { repository }: Place, { chain }: RepositoryRequest): Check {
  if (isLoopback(new URL(`http://${repository.host}`))) return check;
  return {
    ...check,
    status: "warning",
    message: `${ANONYMOUS}; a push would be anonymous too: the registry refuses it, or accepts it from anyone`,
    hint: chain.advise(repository, undefined),
  };
}

/** A password that is an access token expires soon, whatever its source. */
async function withLife(
  check: Check,
  repository: Repository,
  { registries, signal }: RepositoryRequest,
): Promise<Check> {
  if (check.status !== "ok") return check;
  const life = await attempt(registries.lives.find(repository, { signal }), signal);
  if (life.value?.isAccessToken !== true) return check;
  return { ...check, message: `${check.message}; an access token, valid for at most 60 minutes` };
}

const UNREACHABLE: ReadonlySet<ErrorDetails["code"]> = new Set([
  "REGISTRY_UNREACHABLE",
  "REGISTRY_TIMEOUT",
  "TLS_FAILED",
  "EGRESS_REFUSED",
]);

function describeReach({ value, error }: Attempt<unknown>, { repository, tag, isHostOnly }: Place): readonly Check[] {
  const reachable: Check = { name: "reachable", status: "ok", message: `${repository.host} answers` };
  const message = value === undefined ? `not refused; there is no ${tag}` : "yes";
  if (error === undefined) return isHostOnly ? [reachable] : [reachable, { name: "read", status: "ok", message }];
  const hint = error.hint === undefined ? {} : { hint: error.hint };
  const isDown = UNREACHABLE.has(error.code);
  const isRefused = REFUSED.has(error.code);
  if (isDown || (isHostOnly && !isRefused))
    return [{ name: "reachable", status: "problem", message: `${error.message} [${error.code}]`, ...hint }];
  // the probe repository does not exist, so a refusal says nothing about repositories that do
  if (isHostOnly) return [reachable];
  return [reachable, { name: "read", status: "problem", message: `${error.message} [${error.code}]`, ...hint }];
}

function describePreflight(
  { value, error }: Attempt<Preflight | undefined>,
  access: RepositoryAccess,
): readonly Check[] {
  const name = access === "write" ? "write" : "pull";
  if (error !== undefined) {
    const message = `unknown: ${error.message}`;
    return [{ name, status: "warning", message, ...defined({ hint: error.hint }) }];
  }
  if (value === undefined) return [];
  if (value.findings.length === 0) return [{ name, status: "ok", message: "yes, according to the registry" }];
  return value.findings.map(({ severity, message, hint }) => ({
    name,
    status: severity === "error" ? "problem" : "warning",
    message,
    ...defined({ hint }),
  }));
}

function describePolicy(policy: TagPolicy | undefined, tag: string): Check {
  const name = "immutable";
  if (policy === undefined)
    return {
      name,
      status: "ok",
      message: "this registry cannot be queried ahead of time; rules in images.yaml still apply",
    };
  const { by, immutable, unknown } = policy;
  if (immutable === "all") return { name, status: "ok", message: `all tags, according to ${by}` };
  if (immutable.length > 0) return { name, status: "ok", message: `${tag}, according to ${by}` };
  if (unknown !== undefined) return { name, status: "warning", message: `unknown: ${unknown}` };
  return { name, status: "ok", message: `${tag} may move, according to ${by}` };
}
