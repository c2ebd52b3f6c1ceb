import { memberOf, textIn } from "../../model/json.ts";
import { limitSilence } from "../../async/silence.ts";
import { type Digest, parseDigest } from "../../model/digest.ts";
import { ImgsyncError } from "../../model/error.ts";
import { formatPlatform } from "../../model/platform.ts";
import { formatRepository, type Repository } from "../../model/reference.ts";
import type { Clock } from "../../model/ports.ts";
import { maskEcho } from "../../model/secret.ts";
import { registryAuth } from "./auth-header.ts";
import { askDaemon } from "./daemon-request.ts";
import type { DockerCli } from "./docker-cli.ts";
import { dockerFailure } from "./failure.ts";
import { parsePushedDigest } from "./output.ts";
import { readLayerNews } from "./transfer-news.ts";
import type { TransferOptions, Transfers } from "./transfers.ts";

export type ApiTransfersOptions = {
  readonly run: DockerCli;
  /** Used in messages. */
  readonly name: string;
  readonly apiVersion: string;
  /** For a command that cannot connect in this way. Its own messages say why, if it fails too. */
  readonly otherwise: Transfers;
  readonly clock: Pick<Clock, "alarm">;
};

/**
 * Docker reports bytes many times a second, but nothing while a registry completes an upload or a disk writes a layer. docker 28.5 waits
 * forever after some refusals.
 */
const SILENCE_MINUTES = 30;

/**
 * Moves images with the Docker Engine API, which reports bytes while docker's command line does so on terminals only. Credentials go from
 * memory to the daemon. Why, and what else was tried: docs/decisions/docker-progress.md.
 */
export function createApiTransfers({ run, name, apiVersion, otherwise, clock }: ApiTransfersOptions): Transfers {
  const request = async (what: "push" | "pull", path: string, repository: Repository, options: TransferOptions) => {
    const heard = createListener(options);
    const auth = registryAuth(repository.host, options.credential);
    const silence = limitSilence(clock, SILENCE_MINUTES * 60_000, options.signal);
    const onMessage = (message: ReadonlyMap<string, unknown>): void => {
      silence.hear();
      heard.listen(message);
    };
    const { signal, isOver, end } = silence;
    const asking = askDaemon(run, { path: `/v${apiVersion}${path}`, auth, signal, onMessage });
    const answer = await asking
      .catch((thrown: unknown) => Promise.reject(isOver() ? silent(name, what) : thrown))
      .finally(end);
    if (answer === undefined) return undefined;
    const { error, isComplete, digest } = heard.end();
    if (error !== undefined) throw dockerFailure(name, what, { exitCode: 1, stdout: "", stderr: maskEcho(error) });
    // docker's command line prints the same words when the daemon goes away
    const lost = `error during connect: the daemon ended the connection during the ${what}`;
    if (!isComplete) throw dockerFailure(name, what, { exitCode: 1, stdout: "", stderr: lost });
    return { digest };
  };
  return {
    push: async (target, options) => {
      const { repository, tag } = target;
      const path = `/images/${formatRepository(repository)}/push?${new URLSearchParams({ tag }).toString()}`;
      const done = await request("push", path, repository, options);
      return done === undefined ? otherwise.push(target, options) : done.digest;
    },
    pull: async (source, options) => {
      const { repository, tag, digest } = source;
      const query = new URLSearchParams({ fromImage: formatRepository(repository), tag: digest ?? tag ?? "latest" });
      if (options.platform !== undefined) query.set("platform", formatPlatform(options.platform));
      const done = await request("pull", `/images/create?${query.toString()}`, repository, options);
      if (done === undefined) await otherwise.pull(source, options);
    },
  };
}

function silent(name: string, what: string): ImgsyncError {
  return new ImgsyncError({
    code: "REGISTRY_TIMEOUT",
    message: `${name} reported nothing for ${SILENCE_MINUTES} minutes of a ${what}, so it was stopped`,
    hint: "run it by hand to see what it waits for; restarting its daemon may help",
  });
}

type Heard = {
  readonly error: string | undefined;
  /** The last message of a successful transfer was among them. */
  readonly isComplete: boolean;
  readonly digest: Digest | undefined;
};

/** Reads the daemon's messages: registries.md section 8. A failure before the transfer is one object with `message`. */
function createListener({ onNews }: TransferOptions): {
  readonly listen: (message: ReadonlyMap<string, unknown>) => void;
  readonly end: () => Heard;
} {
  let error: string | undefined;
  let isComplete = false;
  let digest: Digest | undefined;
  return {
    listen: (message) => {
      const status = textIn(message.get("status")) ?? "";
      error ??= textIn(message.get("error")) ?? textIn(message.get("message"));
      digest = parsePushedDigest(status) ?? parseDigest(textIn(memberOf(message.get("aux"), "Digest")) ?? "") ?? digest;
      isComplete ||= digest !== undefined || status.startsWith("Status: ");
      const detail = message.get("progressDetail");
      const counts = { current: memberOf(detail, "current"), total: memberOf(detail, "total") };
      const news = readLayerNews(textIn(message.get("id")) ?? "", status, counts);
      if (news !== undefined) onNews(news);
    },
    end: () => ({ error, isComplete, digest }),
  };
}
