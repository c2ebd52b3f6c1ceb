import type { ErrorDetails } from "../model/error.ts";
import { isIndexType } from "../model/manifest.ts";
import type { Wish } from "../model/plan.ts";

/** Whether a wish needs docker: local images do, whatever `engine` says. */
export function needsDocker({ source, engine }: Wish): boolean {
  return source.kind === "docker-daemon" || engine === "docker";
}

/** Why docker cannot do what is wished, as far as the plan can tell; `mediaType` is that of the source, where it is known. */
export function dockerProblem(wish: Wish, mediaType: string | undefined): ErrorDetails | undefined {
  return platformsProblem(wish, mediaType) ?? notYet();
}

/** Docker's classic image store drops all platforms of an index but one, so which one must have been said. */
function platformsProblem({ platforms }: Wish, mediaType: string | undefined): ErrorDetails | undefined {
  if (mediaType === undefined || !isIndexType(mediaType) || (platforms !== "all" && platforms.length === 1)) {
    return undefined;
  }
  return {
    code: "MANIFEST_INVALID",
    side: "source",
    message: "the source has several platforms, of which the docker engine copies only one",
    hint: "name it, as in platforms: [linux/amd64], or use engine: registry, which copies all",
  };
}

function notYet(): ErrorDetails {
  return {
    code: "UNSUPPORTED",
    message: "the docker engine is not part of this version yet",
    hint: "use engine: registry; for a local image, push it with docker",
  };
}
