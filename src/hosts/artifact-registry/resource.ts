import { universeOf, type Universes } from "../../model/artifact-registry-host.ts";
import type { Repository } from "../../model/reference.ts";

/** Where a repository of Artifact Registry is, in the words of its API. */
export type Resource = {
  /** Of the registry: `u-france-east1-docker.s3nsregistry.fr`. */
  readonly host: string;
  /** `artifactregistry.s3nsapis.fr` */
  readonly apiHost: string;
  /** With a colon where it has a prefix: `example.com:my-project`. */
  readonly project: string;
  readonly location: string;
  readonly repository: string;
  /** What comes before the image in a path: `my-project/my-repo`. */
  readonly path: string;
  /** The rest of the path; undefined where it ends with the repository. */
  readonly image?: string;
};

/** gcr.io hosts are served by repositories of their own name. */
const GCR_LOCATIONS: ReadonlyMap<string, string> = new Map([
  ["gcr.io", "us"],
  ["us.gcr.io", "us"],
  ["eu.gcr.io", "europe"],
  ["asia.gcr.io", "asia"],
]);
/** Project ids of other universes begin with a prefix, a part of its own in a path. */
const PROJECT_PREFIXES: ReadonlyMap<string, string> = new Map([["s3nsapis.fr", "s3ns"]]);

/** Undefined where the path has no repository, which the registry itself refuses too. */
export function parseResource({ host, path }: Repository, universes: Universes): Resource | undefined {
  const universe = universeOf(host, universes);
  if (universe === undefined) return undefined;
  const [first = "", ...others] = path.split("/");
  const isPrefix = first.includes(".") || first === PROJECT_PREFIXES.get(universe);
  const [project, rest] = isPrefix ? [`${first}:${others[0] ?? ""}`, others.slice(1)] : [first, others];
  if (project === "" || project.endsWith(":")) return undefined;
  const apiHost = `artifactregistry.${universe}`;
  const projectPath = project.replace(":", "/");
  const gcr = GCR_LOCATIONS.get(host);
  if (gcr !== undefined) {
    return { host, apiHost, project, location: gcr, repository: host, path: projectPath, ...imageOf(rest) };
  }
  const [repository, ...image] = rest;
  if (repository === undefined) return undefined;
  const location = /^docker\.([a-z0-9-]+)\.rep\./.exec(host)?.[1] ?? host.slice(0, host.indexOf("-docker."));
  return { host, apiHost, project, location, repository, path: `${projectPath}/${repository}`, ...imageOf(image) };
}

/** `projects/P/locations/L/repositories/R` */
export function resourceName({ project, location, repository }: Resource): string {
  return `projects/${project}/locations/${location}/repositories/${repository}`;
}

/** The name as it stands in the path of a URL. */
export function resourcePath(resource: Resource): string {
  return `/v1/${resourceName(resource).split("/").map(encodeURIComponent).join("/")}`;
}

function imageOf(parts: readonly string[]): { readonly image?: string } {
  return parts.length === 0 ? {} : { image: parts.join("/") };
}
