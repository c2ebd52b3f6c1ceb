import { formatPlatform } from "../../model/platform.ts";
import { formatReference, type Repository } from "../../model/reference.ts";
import type { Environment } from "../exec.ts";
import { dockerAuthFile } from "./auth-file.ts";
import type { DockerCli, DockerOptions } from "./docker-cli.ts";
import { parseLine, parsePushedDigest } from "./output.ts";
import type { Program } from "./program.ts";
import type { TransferOptions, Transfers } from "./transfers.ts";

/** Moves images with `pull` and `push` of podman, nerdctl or a docker whose API cannot be used. Credentials are in a private file. */
export function createCliTransfers(run: DockerCli, program: Program["kind"]): Transfers {
  const optionsFor = async (repository: Repository, options: TransferOptions): Promise<DockerOptions> => ({
    signal: options.signal,
    environment: await writeLogin(repository, options),
    onLine: (line) => {
      const news = parseLine(line);
      if (news !== undefined) options.onNews(news);
    },
    isTransfer: true,
  });
  return {
    push: async (target, options) => {
      const words = ["push", "--", formatReference(target)];
      const given = await optionsFor(target.repository, options);
      if (program !== "podman") return parsePushedDigest((await run(words, given)).stdout);
      // only at this level podman says which layers were there already; its lines contain the URLs of uploads
      await run(["--log-level=debug", ...words], { ...given, isDropped: (line) => DEBUG_LINE.test(line) });
      return undefined;
    },
    pull: async (source, options) => {
      const platform = options.platform === undefined ? [] : ["--platform", formatPlatform(options.platform)];
      const given = await optionsFor(source.repository, options);
      await run(["pull", ...platform, "--", formatReference(source)], given);
    },
  };
}

const DEBUG_LINE = /^time="[^"]*" level=(?:debug|info) /;

/** Returns the variables with which the program uses this credential only. */
async function writeLogin({ host }: Repository, { credential, folder }: TransferOptions): Promise<Environment> {
  const file = await folder.write("config.json", dockerAuthFile([{ host, credential }]));
  return { DOCKER_CONFIG: folder.path, DOCKER_AUTH_CONFIG: undefined, REGISTRY_AUTH_FILE: file };
}
