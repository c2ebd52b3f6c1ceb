import { promisify } from "node:util";
import { type Exec, ProgramError } from "../../programs/exec.ts";
import { ImgsyncError } from "../../model/error.ts";
import type { Cancellable } from "../../model/ports.ts";
import { credentialsFailed } from "../source/failure.ts";

/** How the library of AWS runs what a profile names as its `credential_process`. */
export type ProfilePrograms = {
  /** Has the programs of profiles run by us from now on, each once. */
  readonly takeOver: () => Promise<void>;
  /** Why one gave no keys: the library goes on to other places and forgets it. */
  readonly failure: () => Error | undefined;
};

type Output = { readonly stdout: string; readonly stderr: string };

const TIMEOUT_MS = 30_000;

/**
 * The command line is given to a shell, as AWS defines it. By itself the library would wait for it without an end, run it twice where
 * it fails, and leave it behind when we are interrupted.
 */
export function createProfilePrograms(exec: Exec, { signal }: Cancellable): ProfilePrograms {
  const known = new Map<string, Promise<Output>>();
  let failure: Error | undefined;

  const run = async (command: string): Promise<Output> => {
    try {
      const { exitCode, stdout } = await exec("sh", ["-c", command], {
        timeoutMs: TIMEOUT_MS,
        hidesArguments: true,
        signal,
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

  const runOnce = (command: string): Promise<Output> => {
    const running = known.get(command) ?? run(command);
    known.set(command, running);
    return running;
  };

  return {
    takeOver: async () => {
      const { externalDataInterceptor } = await import("@smithy/core/config");
      // the library makes a promise of what it finds there, in the way that node:util offers for child_process.exec
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
