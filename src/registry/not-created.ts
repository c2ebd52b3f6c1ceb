import { KNOWN_UNIVERSES, universeOf } from "../model/artifact-registry-host.ts";
import type { Repository } from "../model/reference.ts";
import { RegistryError } from "./error.ts";

/** The command that creates a repository at one product; undefined where the host is not its own. */
type Command = (repository: Repository) => string | undefined;

const COMMANDS: readonly Command[] = [artifactRegistry, ecr];

/** The same error, said plainly where a write was refused because its repository has to be created first. */
export function explainNotCreated(error: RegistryError, repository: Repository): RegistryError {
  const { status, items = [] } = error.facts;
  const isNotCreated =
    status === 404 &&
    items.some(
      ({ code, message }) => code === "NAME_UNKNOWN" || (code === "NOT_FOUND" && /project|repository/i.test(message)),
    );
  if (!isNotCreated) return error;
  const command = COMMANDS.map((commandFor) => commandFor(repository)).find((found) => found !== undefined);
  const hint =
    command === undefined
      ? "it does not come into being by a push: create the repository or project first"
      : `create it first: ${command}`;
  return new RegistryError({ ...error.details, code: "TARGET_NOT_FOUND", hint }, error.facts, { cause: error });
}

function artifactRegistry({ host, path }: Repository): string | undefined {
  if (universeOf(host, KNOWN_UNIVERSES) === undefined) return undefined;
  const location = /^(.+)-docker\./.exec(host)?.[1] ?? /^docker\.([^.]+)\.rep\./.exec(host)?.[1];
  const [first = "", second = "", third = ""] = path.split("/");
  // a project of a domain, example.com:project, takes two parts of the path
  const [project, name] = first.includes(".") ? [`${first}:${second}`, third] : [first, second];
  if (location === undefined || name === "") return undefined;
  return `gcloud artifacts repositories create ${name} --repository-format=docker --location=${location} --project=${project}`;
}

function ecr({ host, path }: Repository): string | undefined {
  const region = /^\d+\.dkr\.ecr(?:-fips)?\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?$/.exec(host)?.[1];
  return region === undefined ? undefined : `aws ecr create-repository --repository-name ${path} --region ${region}`;
}
