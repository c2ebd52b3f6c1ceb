import { basename } from "node:path";
import { type Environment, type Exec, type ExecOptions, type ExecResult, ProgramError } from "../exec.ts";
import { ImgsyncError } from "../../model/error.ts";
import { dockerFailure } from "./failure.ts";

/** Runs one docker command. Throws if it fails, unless `mayFail`. */
export type DockerCli = (args: readonly string[], options: DockerOptions) => Promise<ExecResult>;

export type DockerOptions = Pick<ExecOptions, "signal" | "input" | "keepsInputOpen" | "onLine" | "isDropped"> & {
  /** Added to the variables of the selected daemon. */
  readonly environment?: Environment;
  /** Pulls and pushes may take long; all other commands get a short timeout. */
  readonly isTransfer?: boolean;
  /** Return the result for any exit code. */
  readonly mayFail?: boolean;
};

const QUICK_MS = 60_000;
const TRANSFER_MS = 4 * 3_600_000;
const MAX_OUTPUT_BYTES = 8 * 1024 * 1024;

/** Runs docker or a replacement, with a fixed locale and always with the same daemon. */
export function createDockerCli(options: {
  readonly exec: Exec;
  readonly command: string;
  /** Selects the daemon. Called before each command. */
  readonly daemon: (signal: AbortSignal) => Promise<Environment>;
}): DockerCli {
  const { exec, command, daemon } = options;
  const name = basename(command);
  const run =
    (base: Environment): DockerCli =>
    async (args, { environment = {}, isTransfer = false, mayFail = false, ...options }) => {
      const result = await start(name, () =>
        exec(command, args, {
          ...options,
          timeoutMs: isTransfer ? TRANSFER_MS : QUICK_MS,
          maxOutputBytes: MAX_OUTPUT_BYTES,
          environment: { ...base, ...environment, LC_ALL: "C" },
        }),
      );
      if (result.exitCode === 0 || mayFail) return result;
      throw dockerFailure(name, args.find((word) => !word.startsWith("-")) ?? "", result);
    };
  return async (args, given) => run(await daemon(given.signal))(args, given);
}

async function start(name: string, begin: () => Promise<ExecResult>): Promise<ExecResult> {
  try {
    return await begin();
  } catch (thrown) {
    if (!(thrown instanceof ProgramError) || thrown.problem !== "missing") throw thrown;
    throw new ImgsyncError(
      {
        code: "UNSUPPORTED",
        message: `${name} is not installed, or not on the PATH`,
        hint: "install it, name another with --docker-command (podman, nerdctl), or use engine: registry, which needs none",
      },
      { cause: thrown },
    );
  }
}
