import type { Universes } from "../../universes.ts";
import { artifactRegistryParts } from "../name.ts";
import type { Repository } from "../../../model/reference.ts";
import { defined } from "../../../model/defined.ts";

/** A repository of Artifact Registry in terms of its API. */
export type Resource = {
  /** The registry's host: `u-france-east1-docker.s3nsregistry.fr`. */
  readonly host: string;
  /** The universe's domain: `s3nsapis.fr`. */
  readonly apiDomain: string;
  /** Such as `artifactregistry.s3nsapis.fr`. */
  readonly apiHost: string;
  /** With a colon if it has a prefix: `example.com:my-project`. */
  readonly project: string;
  readonly location: string;
  readonly repository: string;
  /** The part of a path before the image: `my-project/my-repo`. */
  readonly path: string;
  /** The rest of the path; undefined if it ends with the repository. */
  readonly image?: string;
};

/** Returns undefined if the path has no repository, which the registry also refuses. */
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
    // gcr.io hosts are served from repositories of the same name
    path: repository === place.host ? projectPath : `${projectPath}/${repository}`,
    ...defined({ image }),
  };
}

/** Returns `projects/P/locations/L/repositories/R`. */
export function resourceName({ project, location, repository }: Resource): string {
  return `projects/${project}/locations/${location}/repositories/${repository}`;
}

/** Returns the name as a URL path. */
export function resourcePath(resource: Resource): string {
  return `/v1/${resourceName(resource).split("/").map(encodeURIComponent).join("/")}`;
}
