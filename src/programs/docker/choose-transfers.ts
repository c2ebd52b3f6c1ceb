import type { Clock } from "../../model/ports.ts";
import { createSingleFlight } from "../../async/single-flight.ts";
import { createApiTransfers } from "./api-transfers.ts";
import { createCliTransfers } from "./cli-transfers.ts";
import type { DockerCli } from "./docker-cli.ts";
import { identifyProgram, type Program } from "./program.ts";
import type { TransferOptions, Transfers } from "./transfers.ts";

export type TransfersOptions = {
  readonly run: DockerCli;
  /** Used in messages. */
  readonly name: string;
  /** Docker Content Trust, which only docker's command line has: it signs pushed images and verifies pulled ones. */
  readonly isContentTrusted: boolean;
  readonly clock: Pick<Clock, "alarm">;
};

/** Chooses the way to move images when the first one is moved, since asking the program takes a command. */
export function createTransfers({ run, name, isContentTrusted, clock }: TransfersOptions): Transfers {
  const programs = createSingleFlight<Program | undefined>({ keepsResults: true });
  const choose = async (options: TransferOptions): Promise<Transfers> => {
    // a daemon that does not answer is asked again at the next attempt; until then the command line reports why
    const isKnown = (program: Program | undefined, isFresh: boolean): boolean => isFresh || program !== undefined;
    const known = await programs(name, options.signal, (signal) => identifyProgram(run, { signal }), isKnown);
    const otherwise = createCliTransfers(run, known?.kind ?? "other");
    if (known?.kind !== "docker" || isContentTrusted) return otherwise;
    return createApiTransfers({ run, name, apiVersion: known.apiVersion, otherwise, clock });
  };
  return {
    push: async (target, options) => (await choose(options)).push(target, options),
    pull: async (source, options) => (await choose(options)).pull(source, options),
  };
}
