import { promisify } from "node:util";
import { createSingleFlight } from "../../async/single-flight.ts";
import { type Exec, ProgramError } from "../../programs/exec.ts";
import { ImgsyncError } from "../../model/error.ts";
import type { Cancellable } from "../../model/ports.ts";
import { credentialsFailed } from "../source/failure.ts";

/** Runs the `credential_process` programs of profiles on behalf of the AWS library. */
export type ProfilePrograms = {
  /** Replaces the library's exec. Each program runs once. */
  readonly takeOver: () => Promise<void>;
  /** Returns why a program returned no keys; the library tries other sources and discards the error. */
  readonly failure: () => Error | undefined;
};

type Output = { readonly stdout: string; readonly stderr: string };

const TIMEOUT_MS = 30_000;

/**
 * Passes the command line to a shell, as AWS specifies. The library itself would wait for it without a timeout, run it twice if it fails,
 * and leave it running on interrupt.
 */
export function createProfilePrograms(exec: Exec, { signal }: Cancellable): ProfilePrograms {
  // the library tries a failed program again
  const programs = createSingleFlight<Output>({ keepsResults: true, isLasting: () => true });
  let failure: Error | undefined;

  const run = async (command: string, own: AbortSignal): Promise<Output> => {
    try {
      const { exitCode, stdout } = await exec("sh", ["-c", command], {
        timeoutMs: TIMEOUT_MS,
        hidesArguments: true,
        signal: own,
      });
      if (exitCode === 0) return { stdout, stderr: "" };
      throw credentialsFailed(`the credential_process of an AWS profile failed with exit code ${exitCode}`, {
        hint: "run it by hand: it is in ~/.aws/config",
      });
    } catch (thrown) {
      if (thrown instanceof ProgramError) failure = explainProblem(thrown);
      else if (thrown instanceof ImgsyncError) failure = thrown;
      throw thrown;
    }
  };

  const runOnce = (command: string): Promise<Output> => programs(command, signal, (own) => run(command, own));

  return {
    takeOver: async () => {
      const { externalDataInterceptor } = await import("@smithy/core/config");
      // the library promisifies this function by the custom symbol of node:util, as with child_process.exec
      externalDataInterceptor.interceptToken(
        "exec",
        Object.assign(() => undefined, { [promisify.custom]: runOnce }),
      );
    },
    failure: () => failure,
  };
}

function explainProblem({ message, details }: ProgramError): Error {
  const hint = details.hint ?? "run it by hand: it is in ~/.aws/config";
  return credentialsFailed(`the credential_process of an AWS profile: ${message}`, { hint });
}
