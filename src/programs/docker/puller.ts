import { ImgsyncError } from "../../model/error.ts";
import { digestsAmong, type NodePuller } from "../../model/node-pull.ts";
import type { Credentials, LocalImages } from "../../model/ports.ts";
import { formatReference } from "../../model/reference.ts";
import type { RegistryClient } from "../../registry/client.ts";
import type { DockerCli } from "./docker-cli.ts";
import { createLogins } from "./logins.ts";
import { createPrivateFolders } from "./private-folders.ts";
import type { Transfers } from "./transfers.ts";

export type DockerPullerOptions = {
  readonly run: DockerCli;
  readonly transfers: Transfers;
  readonly images: LocalImages;
  readonly client: Pick<RegistryClient, "retry" | "rate">;
  readonly credentials: Credentials;
  /** Folders for private files, in order of preference. */
  readonly privateParents: readonly string[];
};

/** Pulls images with the local docker or a replacement. */
export function createDockerPuller({ run, transfers, images, client, ...options }: DockerPullerOptions): NodePuller {
  const logins = createLogins({ credentials: options.credentials, rate: client.rate });
  const inPrivateFolder = createPrivateFolders(options.privateParents);
  return {
    // this command needs only the daemon, and fails without one
    check: async ({ signal }) => {
      try {
        await run(["image", "ls", "--quiet"], { signal });
      } catch (thrown) {
        throw withoutEngineHint(thrown);
      }
    },
    findDigests: async (reference, { signal }) => {
      const image = await images.find(formatReference(reference), { signal });
      return image && digestsAmong(image.names, reference);
    },
    pull: (reference, { signal }) =>
      inPrivateFolder(signal, (folder) =>
        client.retry(
          () =>
            logins({ repository: reference.repository, signal }, (credential) =>
              transfers.pull(reference, { platform: undefined, credential, folder, onNews: () => {}, signal }),
            ),
          signal,
        ),
      ),
  };
}

/** Replaces the hint of `apply`, which suggests another engine: that does not help a pull. */
function withoutEngineHint(thrown: unknown): unknown {
  if (!(thrown instanceof ImgsyncError) || thrown.code !== "UNSUPPORTED") return thrown;
  const { hint: _, ...details } = thrown.details;
  return new ImgsyncError(
    { ...details, hint: "name another with --docker-command (podman, nerdctl), or use --with crictl" },
    { cause: thrown },
  );
}
