import { basename } from "node:path";
import { createSingleFlight } from "../../async/single-flight.ts";
import { type Environment, type Exec, type ExecResult, ProgramError } from "../exec.ts";
import { ImgsyncError } from "../../model/error.ts";
import { dockerFailure } from "./failure.ts";
import { defined } from "../../model/defined.ts";

/** Runs one docker command. Throws if it fails, unless `mayFail`. */
export type DockerCli = (args: readonly string[], options: DockerOptions) => Promise<ExecResult>;

export type DockerOptions = {
  readonly signal: AbortSignal;
  /** Added to the variables of the selected daemon. */
  readonly environment?: Environment;
  readonly onLine?: (line: string) => void;
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
  /** Called once, before the first command. */
  readonly daemon: (run: DockerCli, signal: AbortSignal) => Promise<Environment>;
}): DockerCli {
  const { exec, command, daemon } = options;
  const name = basename(command);
  const run =
    (base: Environment): DockerCli =>
    async (args, { signal, environment = {}, onLine, isTransfer = false, mayFail = false }) => {
      const result = await start(name, () =>
        exec(command, args, {
          signal,
          timeoutMs: isTransfer ? TRANSFER_MS : QUICK_MS,
          maxOutputBytes: MAX_OUTPUT_BYTES,
          environment: { ...base, ...environment, LC_ALL: "C" },
          ...defined({ onLine }),
        }),
      );
      if (result.exitCode === 0 || mayFail) return result;
      throw dockerFailure(name, args.find((word) => !word.startsWith("-")) ?? "", result);
    };
  const daemons = createSingleFlight<Environment>({ keepsResults: true, isLasting: isUnsupported });
  return async (args, given) =>
    run(await daemons(command, given.signal, (signal) => daemon(run({}), signal)))(args, given);
}

/** A context or program that does not exist is still missing for the next command. */
function isUnsupported(thrown: unknown): boolean {
  return thrown instanceof ImgsyncError && thrown.code === "UNSUPPORTED";
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
