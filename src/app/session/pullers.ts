import { createCrictlPuller } from "../../programs/crictl/puller.ts";
import { createExec } from "../../programs/exec.ts";
import { ImgsyncError } from "../../model/error.ts";
import type { NodePuller } from "../../model/node-pull.ts";
import type { Session } from "./session.ts";
import { defined } from "../../model/defined.ts";

export type PullerName = "crictl" | "docker";
export type Puller = NodePuller & { readonly name: string };

export type PullerRequest = {
  /** The socket of crictl, if given. */
  readonly endpoint: string | undefined;
};

type Open = (session: Session, request: PullerRequest) => NodePuller;

/** The values of `pull --with`, in the order in which they are tried by default: a node's own runtime comes first. */
export const PULLERS: Readonly<Record<PullerName, Open>> = {
  crictl: ({ world, registries }, { endpoint }) =>
    createCrictlPuller({
      exec: createExec(world),
      credentials: registries.credentials,
      retry: registries.client.retry,
      ...defined({ endpoint }),
    }),
  docker: ({ docker }) => docker.openPuller(),
};

/**
 * Opens the named puller; otherwise the one that the other settings imply; otherwise the first that works here.
 * @throws ImgsyncError UNSUPPORTED if none works
 */
export async function choosePuller(
  session: Session,
  name: PullerName | undefined,
  request: PullerRequest,
): Promise<Puller> {
  const { world, settings } = session;
  const { signal } = world;
  const open = (one: PullerName): Puller => ({
    ...PULLERS[one](session, request),
    name: one === "docker" ? settings.dockerCommand : one,
  });
  const implied = impliedName(session, request);
  if (name !== undefined || implied !== undefined) {
    const puller = open(name ?? implied ?? "crictl");
    await puller.check({ signal });
    return puller;
  }
  const reasons: string[] = [];
  for (const one of ["crictl", "docker"] as const) {
    const puller = open(one);
    try {
      await puller.check({ signal });
      return puller;
    } catch (thrown) {
      if (!(thrown instanceof ImgsyncError) || signal.aborted) throw thrown;
      reasons.push(thrown.message);
    }
  }
  throw new ImgsyncError({
    code: "UNSUPPORTED",
    message: `no program on this machine can pull: ${reasons.join("; ")}`,
    hint: "--with crictl or --with docker shows what to do about it; --print writes a script for another machine",
  });
}

function impliedName({ settings }: Session, { endpoint }: PullerRequest): PullerName | undefined {
  if (endpoint !== undefined) return "crictl";
  return settings.origins.get("dockerCommand") === "default" ? undefined : "docker";
}
