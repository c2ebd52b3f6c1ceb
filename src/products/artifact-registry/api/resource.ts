import type { Universes } from "../../universes.ts";
import { artifactRegistryParts } from "../name.ts";
import type { Repository } from "../../../model/reference.ts";

/** Where a repository of Artifact Registry is, in the words of its API. */
export type Resource = {
  /** Of the registry: `u-france-east1-docker.s3nsregistry.fr`. */
  readonly host: string;
  /** Of the universe: `s3nsapis.fr`. */
  readonly apiDomain: string;
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

/** Undefined where the path has no repository, which the registry itself refuses too. */
export function parseResource(place: Repository, universes: Universes): Resource | undefined {
  const parts = artifactRegistryParts(place, universes);
  if (parts?.repository === undefined || parts.project === "") return undefined;
  const { apiDomain, project, projectPath, location, repository, image } = parts;
  return {
    host: place.host,
    apiDomain,
    apiHost: `artifactregistry.${apiDomain}`,
    project,
    location,
    repository,
    // gcr.io hosts are served by repositories of their own name
    path: repository === place.host ? projectPath : `${projectPath}/${repository}`,
    ...(image === undefined ? {} : { image }),
  };
}

/** `projects/P/locations/L/repositories/R` */
export function resourceName({ project, location, repository }: Resource): string {
  return `projects/${project}/locations/${location}/repositories/${repository}`;
}

/** The name as it stands in the path of a URL. */
export function resourcePath(resource: Resource): string {
  return `/v1/${resourceName(resource).split("/").map(encodeURIComponent).join("/")}`;
}
