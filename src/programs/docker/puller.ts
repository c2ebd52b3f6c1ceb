import { ImgsyncError } from "../../model/error.ts";
import { digestsAmong, type NodePuller } from "../../model/node-pull.ts";
import type { LocalImages } from "../../model/ports.ts";
import { formatReference } from "../../model/reference.ts";
import type { RegistryClient } from "../../registry/client.ts";
import { withLoginAdvice } from "../login-advice.ts";
import type { DockerCli } from "./docker-cli.ts";
import { createPrivateLogin, type PrivateLoginOptions } from "./private-login.ts";

export type DockerPullerOptions = PrivateLoginOptions & {
  readonly run: DockerCli;
  readonly images: LocalImages;
  readonly retry: RegistryClient["retry"];
};

/** Pulls images with the local docker or a replacement. */
export function createDockerPuller({ run, images, retry, ...options }: DockerPullerOptions): NodePuller {
  const login = createPrivateLogin(options);
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
      retry(
        () =>
          login([reference.repository], signal, async (environment) => {
            await withLoginAdvice(
              () => run(["pull", "--", formatReference(reference)], { signal, environment, isTransfer: true }),
              { credentials: options.credentials, repository: reference.repository, signal },
            );
          }),
        signal,
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
