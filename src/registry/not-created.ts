import type { Repository } from "../model/reference.ts";
import { createCommandFor } from "../products/table.ts";
import { RegistryError } from "../http/error.ts";

/** Converts the error to TARGET_NOT_FOUND with a hint if a write was refused because the repository has to be created first. */
export function explainNotCreated(error: RegistryError, repository: Repository): RegistryError {
  const { status, items = [] } = error.facts;
  const isNotCreated =
    status === 404 &&
    items.some(
      ({ code, message }) => code === "NAME_UNKNOWN" || (code === "NOT_FOUND" && /project|repository/i.test(message)),
    );
  if (!isNotCreated) return error;
  const command = createCommandFor(repository);
  const hint =
    command === undefined
      ? "a push does not create it: create the repository or project first"
      : `create it first: ${command}`;
  return new RegistryError({ ...error.details, code: "TARGET_NOT_FOUND", hint }, error.facts, { cause: error });
}
