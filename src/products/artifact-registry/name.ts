import { universeOf } from "./host.ts";
import { KNOWN_UNIVERSES, type Universes } from "../universes.ts";
import type { ReferenceProblem, Repository } from "../../model/reference.ts";
import { defined } from "../../model/defined.ts";

/** The parts of a name, `LOCATION-docker.DOMAIN/PROJECT/REPOSITORY/IMAGE`, which may end earlier. */
export type ArtifactRegistryParts = {
  readonly location: string;
  /** The project ID, with its colon: `example.com:my-project`, `s3ns:my-project`. */
  readonly project: string;
  /** The project in a path: `example.com/my-project`. */
  readonly projectPath: string;
  readonly repository?: string;
  /** May contain slashes. */
  readonly image?: string;
  /** The domain of the universe's APIs: `googleapis.com`. */
  readonly apiDomain: string;
};

/** gcr.io hosts store their images in repositories named like the host. */
const CONTAINER_REGISTRY_LOCATIONS: ReadonlyMap<string, string> = new Map([
  ["gcr.io", "us"],
  ["us.gcr.io", "us"],
  ["eu.gcr.io", "europe"],
  ["asia.gcr.io", "asia"],
]);

/** Project ID prefixes of a universe, before a colon, by API domain. */
const PROJECT_PREFIXES: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ["s3nsapis.fr", new Set(["s3ns", "s3ns-system"])],
]);

/** Returns what is wrong with an image name: its host, or a part that is missing or invalid. Undefined for other registries. */
export function artifactRegistryNameProblem(place: Repository, universes: Universes): ReferenceProblem | undefined {
  const { host } = place;
  const parts = artifactRegistryParts(place, universes);
  if (parts === undefined) return hostProblem(host, universes);
  const { project, projectPath, repository, image } = parts;
  const isGcr = CONTAINER_REGISTRY_LOCATIONS.has(host);
  // gcr.io has older project names, such as google_containers
  const wrong = isGcr ? undefined : projectProblem(project);
  if (wrong !== undefined) return wrong;
  if (repository === undefined) return missing("repository", `${host}/${projectPath}/REPOSITORY/IMAGE`);
  if (image === undefined) {
    const other = isGcr ? "IMAGE" : `${repository}/IMAGE or ${host}/${projectPath}/REPOSITORY/${repository}`;
    return missing("image", `${host}/${projectPath}/${other}`);
  }
  return undefined;
}

/** Returns the parts of a name, or undefined if the host does not belong to Artifact Registry. */
export function artifactRegistryParts(
  { host, path }: Repository,
  universes: Universes = KNOWN_UNIVERSES,
): ArtifactRegistryParts | undefined {
  const apiDomain = universeOf(host, universes);
  if (apiDomain === undefined) return undefined;
  const { project, written, rest } = takeProject(path.split("/"), PROJECT_PREFIXES.get(apiDomain));
  const gcr = CONTAINER_REGISTRY_LOCATIONS.get(host);
  const [repository, ...image] = gcr === undefined ? rest : [host, ...rest];
  return {
    location: gcr ?? locationOf(host),
    project,
    projectPath: written,
    apiDomain,
    ...defined({ repository, image: image.length === 0 ? undefined : image.join("/") }),
  };
}

/** Splits off the project. `example.com/my-project` and `s3ns/my-project` are one project each, since a path cannot contain a colon. */
function takeProject(
  parts: readonly string[],
  prefixes: ReadonlySet<string> | undefined,
): { readonly project: string; readonly written: string; readonly rest: readonly string[] } {
  const [first = "", second] = parts;
  const isScoped = first.includes(".") || prefixes?.has(first) === true;
  const count = isScoped && second !== undefined ? 2 : 1;
  const own = parts.slice(0, count);
  return { project: own.join(":"), written: own.join("/"), rest: parts.slice(count) };
}

/** Google requires 6 or more characters, but has shorter IDs itself. */
function projectProblem(project: string): ReferenceProblem | undefined {
  const [, id = project] = /:(.*)$/.exec(project) ?? [];
  if (/^[a-z][a-z0-9-]{0,29}$/.test(id)) return undefined;
  if (project === id && id.includes(".")) return missing("project", `${id}/PROJECT/REPOSITORY/IMAGE`);
  return {
    problem: `"${id}" is not a project ID`,
    hint: "a project ID has at most 30 lower-case letters, digits and dashes, and begins with a letter",
  };
}

function hostProblem(host: string, universes: Universes): ReferenceProblem | undefined {
  const domain = [...universes.keys()].find((known) => host === known || host.endsWith(`.${known}`));
  if (domain === undefined) return undefined;
  return {
    problem: `"${host}" is not a Docker host of Artifact Registry`,
    hint: `write LOCATION-docker.${domain}, such as ${domain === "pkg.dev" ? "europe" : "u-france-east1"}-docker.${domain}`,
  };
}

function missing(part: "project" | "repository" | "image", form: string): ReferenceProblem {
  return { problem: `the ${part} is missing in the name`, hint: `write ${form}` };
}

function locationOf(host: string): string {
  return /^(?:docker\.([^.]+)\.rep\.|([^.]+)-docker\.)/.exec(host)?.slice(1).find(Boolean) ?? "";
}
