import { ImgsyncError } from "../../model/error.ts";
import { digestsAmong, type NodePuller } from "../../model/node-pull.ts";
import type { LocalImages } from "../../model/ports.ts";
import { formatReference } from "../../model/reference.ts";
import type { RegistryClient } from "../../registry/client.ts";
import type { DockerCli } from "./docker-cli.ts";
import { createPrivateLogin, type PrivateLoginOptions } from "./private-login.ts";

export type DockerPullerOptions = PrivateLoginOptions & {
  readonly run: DockerCli;
  readonly images: LocalImages;
  readonly retry: RegistryClient["retry"];
};

/** Images of this machine's docker, or of what takes its place. */
export function createDockerPuller({ run, images, retry, ...options }: DockerPullerOptions): NodePuller {
  const login = createPrivateLogin(options);
  return {
    // only this one fails where there is no daemon, and needs nothing but it
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
            await run(["pull", "--", formatReference(reference)], { signal, environment, isTransfer: true });
          }),
        signal,
      ),
  };
}

/** What `apply` advises where docker is missing, another engine, is no way to pull. */
function withoutEngineHint(thrown: unknown): unknown {
  if (!(thrown instanceof ImgsyncError) || thrown.code !== "UNSUPPORTED") return thrown;
  const { hint: _, ...details } = thrown.details;
  return new ImgsyncError(
    { ...details, hint: "name another with --docker-command (podman, nerdctl), or use --with crictl" },
    { cause: thrown },
  );
}
