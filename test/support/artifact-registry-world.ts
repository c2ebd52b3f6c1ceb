import type { CliResult } from "./cli.ts";
import { makeFolder, runCli } from "./cli.ts";
import { type ArtifactRegistryRest, type RestRepository, startArtifactRegistryRest } from "./artifact-registry-rest.ts";
import { startForwardProxy } from "./forward-proxy.ts";

export const AR_HOST = "u-france-east1-docker.s3nsregistry.fr";
export const AR_PATH = "my-project/my-repo";
export const AR_NAME = "projects/my-project/locations/u-france-east1/repositories/my-repo";
export const AR_TOKEN = "ya29.a-token-that-must-stay-secret";

export type ArtifactRegistryWorld = {
  readonly rest: ArtifactRegistryRest;
  readonly folder: { readonly path: string; readonly write: (name: string, text: string) => Promise<void> };
  readonly run: (args: readonly string[], environment?: Readonly<Record<string, string>>) => Promise<CliResult>;
};

export type WorldOptions = {
  /** The repository that exists in the API; undefined: none. */
  readonly repository?: RestRepository;
  readonly pageSize?: number;
  readonly onEnd: (work: () => Promise<void>) => void;
};

/**
 * Runs the command line so that `registry` (`127.0.0.1:PORT`) is the host of Artifact Registry in the universe of S3NS:
 * requests to its name go through a proxy, and its API is the double.
 */
export async function openArtifactRegistryWorld(
  registry: string,
  { repository, pageSize, onEnd }: WorldOptions,
): Promise<ArtifactRegistryWorld> {
  const repositories = new Map(repository === undefined ? [] : [[AR_NAME, repository] as const]);
  const rest = await startArtifactRegistryRest({
    repositories,
    token: AR_TOKEN,
    registry: AR_HOST,
    ...(pageSize && { pageSize }),
  });
  onEnd(rest.stop);
  const proxy = await startForwardProxy(registry);
  onEnd(proxy.stop);
  const folder = await makeFolder({
    "mine.yaml": `registries:
  ${AR_HOST}: { plainHttp: true, allowPlainHttpCredentials: true, api: "${rest.url}" }
`,
  });
  onEnd(folder.remove);
  const environment = {
    IMGSYNC_CONFIG: `${folder.path}/mine.yaml`,
    IMGSYNC_USERNAME_U__FRANCE__EAST1__DOCKER_S3NSREGISTRY_FR: "oauth2accesstoken",
    IMGSYNC_PASSWORD_U__FRANCE__EAST1__DOCKER_S3NSREGISTRY_FR: AR_TOKEN,
    HTTP_PROXY: proxy.url,
  };
  return {
    rest,
    folder,
    run: (args, more = {}) => runCli(args, { cwd: folder.path, environment: { ...environment, ...more } }),
  };
}
