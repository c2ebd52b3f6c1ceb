import { type Environment, type Exec, type ExecResult, ProgramError } from "../exec.ts";
import { ImgsyncError } from "../../model/error.ts";
import { digestsAmong, type NodePuller } from "../../model/node-pull.ts";
import type { Credentials } from "../../model/ports.ts";
import { formatReference } from "../../model/reference.ts";
import type { RegistryClient } from "../../registry/client.ts";
import { withLoginAdvice } from "../login-advice.ts";
import { crictlFailure, saysNoSuchImage } from "./failure.ts";
import { parseInspecti } from "./inspect.ts";
import { crictlLogin } from "./login.ts";

export type CrictlPullerOptions = {
  readonly exec: Exec;
  readonly credentials: Credentials;
  readonly retry: RegistryClient["retry"];
  /** If absent, crictl uses its environment and /etc/crictl.yaml. */
  readonly endpoint?: string;
};

type Call = { readonly signal: AbortSignal; readonly environment?: Environment; readonly isTransfer?: boolean };

const QUICK_MS = 60_000;
const TRANSFER_MS = 4 * 3_600_000;
const MAX_OUTPUT_BYTES = 8 * 1024 * 1024;

/** Pulls images into the container runtime of a Kubernetes node with crictl, which every node has. */
export function createCrictlPuller({ exec, credentials, retry, endpoint }: CrictlPullerOptions): NodePuller {
  const first = endpoint === undefined ? [] : ["--runtime-endpoint", endpoint, "--image-endpoint", endpoint];
  const run = (args: readonly string[], { signal, environment = {}, isTransfer = false }: Call): Promise<ExecResult> =>
    start(() =>
      exec("crictl", [...first, ...args], {
        signal,
        timeoutMs: isTransfer ? TRANSFER_MS : QUICK_MS,
        maxOutputBytes: MAX_OUTPUT_BYTES,
        environment: { ...environment, LC_ALL: "C" },
      }),
    );
  return {
    check: async ({ signal }) => {
      const result = await run(["images", "-q"], { signal, environment: crictlLogin(undefined) });
      if (result.exitCode !== 0) throw crictlFailure("images", result);
    },
    findDigests: async (reference, { signal }) => {
      const call = { signal, environment: crictlLogin(undefined) };
      const result = await run(["inspecti", "-o", "json", formatReference(reference)], call);
      if (result.exitCode === 0) return digestsAmong(parseInspecti(result.stdout), reference);
      if (saysNoSuchImage(result)) return undefined;
      throw crictlFailure("inspecti", result);
    },
    pull: (reference, { signal }) =>
      retry(async () => {
        // look up the credentials for each attempt: a token may have expired
        const { repository } = reference;
        const credential = await credentials.find(repository, { signal });
        const environment = crictlLogin(credential);
        // one image per call: with two, crictl prints its help, pulls nothing and exits with 0
        const result = await run(["pull", formatReference(reference)], { signal, environment, isTransfer: true });
        if (result.exitCode === 0) return;
        const failure = crictlFailure("pull", result);
        throw credential === undefined ? withLoginAdvice(failure, credentials, repository) : failure;
      }, signal),
  };
}

async function start(begin: () => Promise<ExecResult>): Promise<ExecResult> {
  try {
    return await begin();
  } catch (thrown) {
    if (!(thrown instanceof ProgramError) || thrown.problem !== "missing") throw thrown;
    throw new ImgsyncError(
      {
        code: "UNSUPPORTED",
        message: "crictl is not installed, or not on the PATH",
        hint: "Kubernetes nodes have it; elsewhere use --with docker",
      },
      { cause: thrown },
    );
  }
}
