import { plainImage } from "../../../demo/images.ts";
import { type RestRepository, startArtifactRegistryRest } from "../../../test/support/artifact-registry-rest.ts";
import { AR_HOST, AR_NAME, AR_PATH, AR_TOKEN } from "../../../test/support/artifact-registry-world.ts";
import { startForwardProxy } from "../../../test/support/forward-proxy.ts";
import { HEAD, type Scenario } from "../scenario.ts";
import type { Stage } from "../stage.ts";

const REPOSITORY = `${AR_HOST}/${AR_PATH}`;
const MAY_PUSH = ["artifactregistry.repositories.downloadArtifacts", "artifactregistry.repositories.uploadArtifacts"];

const manifest = (target: string, tag: string): string =>
  `${HEAD}images:\n  - source: 127.0.0.1:5001/test-image\n    target: ${target}\n    tags: ${tag}\n`;

/** Artifact Registry at S3NS, played by one of the two registries under its name and by a double of its API. */
export const artifactRegistry: Scenario = {
  name: "artifact-registry",
  options: { ours: { immutable: { product: "artifact-registry", repositories: [`${AR_PATH}/test-image`] } } },
  play: async (stage) => {
    const { upstream, ours, write, run } = stage;
    await write(
      "images.yaml",
      `version: 1\nimages:\n  - source: docker-daemon:my-image\n    target: ${AR_HOST}/my-project/test-image:staging\n`,
    );
    const name = await run("validate");

    const [old, next] = [plainImage(1), plainImage(2)];
    upstream.putImage("test-image", "v2", next);
    ours.putImage(`${AR_PATH}/test-image`, "v1", old);
    await write("images.yaml", manifest(`${REPOSITORY}/test-image`, "[{ from: v2, to: v1 }]"));
    const hidden = await withApi(stage, { permissions: MAY_PUSH }, (run) => run("plan"));
    const push = await withApi(stage, { permissions: MAY_PUSH }, (run) => run("apply --yes"));
    const api = await withApi(stage, { immutableTags: true }, (run) => run("plan"));

    await write("images.yaml", manifest(`${REPOSITORY}/other-image`, "[v2]"));
    const missing = await withApi(stage, undefined, (run) => run("plan"));
    const doctor = await withApi(stage, undefined, (run) => run("doctor"));

    const times = { uploaded: "2026-03-02T08:15:00Z", updated: "2026-03-02T08:15:00Z" };
    const listed = [
      { image: "test-image", digest: next.digest, tags: ["staging"], bytes: 20_971_520, ...times },
      { image: "test-image", digest: old.digest, tags: ["v1"], bytes: 19_922_944, ...times },
    ];
    const list = await withApi(stage, { images: listed }, (run) => run(`list ${REPOSITORY}`));
    return { name, hidden, push, api, missing, doctor: doctor.slice(doctor.indexOf(AR_HOST)), list };
  },
};

/** Plays a part in which the host is reached through a proxy, and its API has this repository; undefined: it has none. */
async function withApi(
  { ours, write, run }: Stage,
  repository: RestRepository | undefined,
  play: (run: (args: string) => Promise<string>) => Promise<string>,
): Promise<string> {
  const repositories = new Map(repository === undefined ? [] : [[AR_NAME, repository] as const]);
  const rest = await startArtifactRegistryRest({ repositories, token: AR_TOKEN, registry: AR_HOST });
  const proxy = await startForwardProxy(ours.host);
  const settings = { plainHttp: true, allowPlainHttpCredentials: true, api: rest.url };
  await write("mine.yaml", JSON.stringify({ registries: { [AR_HOST]: settings } }));
  const environment = {
    IMGSYNC_CONFIG: "mine.yaml",
    IMGSYNC_USERNAME_U__FRANCE__EAST1__DOCKER_S3NSREGISTRY_FR: "oauth2accesstoken",
    IMGSYNC_PASSWORD_U__FRANCE__EAST1__DOCKER_S3NSREGISTRY_FR: AR_TOKEN,
    HTTP_PROXY: proxy.url,
  };
  try {
    return await play((args) => run(args, { environment }));
  } finally {
    await Promise.all([rest.stop(), proxy.stop()]);
  }
}
