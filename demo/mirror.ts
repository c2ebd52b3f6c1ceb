import { parse } from "yaml";
import type { EmbeddedRegistry } from "../test/support/embedded-registry/registry.ts";
import { plainImage, plainIndex } from "./images.ts";

/** The mirror of a team, in regsync's format, for the registries of a stage. */
export const MIRROR = new URL("../examples/migrating/regsync.yml", import.meta.url);

/** The tags of the repositories that the mirror selects from. Repositories of single images have only these. */
const LISTS: Readonly<Record<string, string>> = {
  "library/alpine": "3.19 3.21 3.21.5 3.22 3.22.2 edge",
  "library/debian": "bookworm bookworm-slim trixie-slim",
  "library/node": "20.19.5 22.21.0 22.21.1 24.11.0 24.11.0-alpine",
  "library/python": "3.12.12-slim 3.13.9-slim 3.14.0-slim 3.14.0",
  "library/postgres": "16.10 17.6 18.0 18rc1",
  "library/redis": "7.4.6 8.2.3 8.4.0",
  "library/nginx": "1.27.5 1.28.0 1.29.3 stable mainline",
  "library/traefik": "v2.11.30 v3.5.4 v3.6.1",
  "k8s/coredns/coredns": "v1.11.3 v1.12.4 v1.13.1",
  "prometheus/prometheus": "v2.55.1 v3.7.3 latest",
  "grafana/grafana": "11.6.0 12.2.1",
  "gitlab-org/gitlab-runner": "alpine-v17.11.0 alpine-v18.5.0",
  "aquasec/trivy": "0.67.2 0.68.1",
};

/** The file selects platforms of these. */
const INDEXES = new Set(["gitlab-org/gitlab-runner"]);

type Item = { readonly source: string; readonly type: string };

/** Puts an image for each tag at the source of the mirror. */
export function publishMirror(upstream: Pick<EmbeddedRegistry, "putImage">, file: string): void {
  const { sync }: { readonly sync: readonly Item[] } = parse(file);
  const single = sync.flatMap(({ source, type }) => (type === "image" ? [withoutHost(source)] : []));
  const listed = Object.entries(LISTS).flatMap(([name, tags]) => tags.split(" ").map((tag) => `${name}:${tag}`));
  for (const [at, image] of [...new Set([...single, ...listed])].entries()) {
    const [repository = "", tag = ""] = image.split(":");
    upstream.putImage(repository, tag, INDEXES.has(repository) ? plainIndex(100 + at) : plainImage(100 + at));
  }
}

function withoutHost(reference: string): string {
  return reference.slice(reference.indexOf("/") + 1);
}
