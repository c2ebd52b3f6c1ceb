import type { Credential } from "../model/credential.ts";
import type { Credentials, FindOptions } from "../model/ports.ts";
import { formatRepository, type Repository } from "../model/reference.ts";
import type { CredentialTrace, Trace } from "../model/trace.ts";

/** Traces the result for a repository only when it changes, since `find` runs before every request. */
export function traceFind(find: Credentials["find"], trace: Trace): Credentials["find"] {
  const last = new Map<string, string>();
  const note = (repository: Repository, { refused }: FindOptions, decision: Decision): void => {
    const name = formatRepository(repository);
    const key = JSON.stringify(decision);
    const isRenewal = refused !== undefined;
    if (!isRenewal && last.get(name) === key) return;
    last.set(name, key);
    trace({ type: "credential", repository: name, ...decision, isRenewal });
  };
  return async (repository, options) => {
    try {
      const credential = await find(repository, options);
      note(repository, options, decisionOf(credential));
      return credential;
    } catch (thrown) {
      note(repository, options, { ...NOTHING, outcome: "failed" });
      throw thrown;
    }
  };
}

type Decision = Pick<CredentialTrace, "outcome" | "kind" | "source" | "expiresAt">;

const NOTHING = { kind: undefined, source: undefined, expiresAt: undefined } as const;

function decisionOf(credential: Credential | undefined): Decision {
  if (credential === undefined) return { ...NOTHING, outcome: "none" };
  const { kind, origin, expiresAt } = credential;
  return { outcome: "found", kind, source: origin, expiresAt: expiresAt?.toISOString() };
}
