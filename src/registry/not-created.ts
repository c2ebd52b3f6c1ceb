import { createCommand } from "../model/artifact-registry-commands.ts";
import { artifactRegistryParts } from "../model/artifact-registry-name.ts";
import type { Repository } from "../model/reference.ts";
import { RegistryError } from "../http/error.ts";

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

function artifactRegistry(repository: Repository): string | undefined {
  const parts = artifactRegistryParts(repository);
  // gcr.io's repositories come with their hosts
  if (parts?.repository === undefined || parts.repository === repository.host) return undefined;
  return createCommand({ ...parts, repository: parts.repository });
}

function ecr({ host, path }: Repository): string | undefined {
  const region = /^\d+\.dkr\.ecr(?:-fips)?\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?$/.exec(host)?.[1];
  return region === undefined ? undefined : `aws ecr create-repository --repository-name ${path} --region ${region}`;
}
