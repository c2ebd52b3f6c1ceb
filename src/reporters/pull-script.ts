import type { ErrorDetails } from "../model/error.ts";
import type { PullList, PullTarget } from "../model/node-pull.ts";
import { formatReference } from "../model/reference.ts";
import { describeError, describePositions, describeTarget } from "./words/change-text.ts";
import { comment, quote } from "./shell-words.ts";

export type PullScriptOptions = {
  readonly tool: "crictl" | "docker";
  readonly byDigest: boolean;
  /** Returns the suffix of the variables for a host; empty if it has none. */
  readonly environmentName: (host: string) => string;
  /** Whether the host may receive the access token of a Google machine. */
  readonly isGoogle: (host: string) => boolean;
};

const HEADER = `#!/bin/sh
# Pulls images onto the machine that runs it, and checks whether each is the one that its tag pointed at when this was
# written. Holds no secret: user and password come from IMGSYNC_USERNAME_HOST and IMGSYNC_PASSWORD_HOST, for Artifact
# Registry otherwise from the metadata server of the machine.
set -u
umask 077
failed=0
`;

const GOOGLE = `google_login() {
  [ -z "$username" ] || return 0
  password=$(curl -fsS --noproxy '*' -H 'Metadata-Flavor: Google' "http://\${GCE_METADATA_HOST:-metadata.google.internal}/computeMetadata/v1/instance/service-accounts/default/token" |
    sed -n 's/.*"access_token" *: *"\\([^"]*\\)".*/\\1/p')
  [ -z "$password" ] || username=oauth2accesstoken
}
`;

const CRICTL = `unset CRICTL_CREDS CRICTL_AUTH
pull() {
  if [ -n "$username" ]; then
    CRICTL_CREDS="$username:$password" crictl pull "$1" || { failed=1; return; }
  else
    crictl pull "$1" || { failed=1; return; }
  fi
  crictl inspecti -o json "$1" | grep -qF "@$2" || { echo "$1 is not $2 here" >&2; failed=1; }
}
`;

const DOCKER = `private=$(mktemp -d) || exit 1
trap 'rm -rf "$private"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
pull() {
  if [ -n "$username" ]; then
    printf %s "$password" | DOCKER_CONFIG=$private docker login --username "$username" --password-stdin "$host" >/dev/null &&
      DOCKER_CONFIG=$private docker pull "$1" || { failed=1; return; }
  else
    docker pull "$1" || { failed=1; return; }
  fi
  docker image inspect --format '{{json .RepoDigests}}' "$1" | grep -qF "@$2" || { echo "$1 is not $2 here" >&2; failed=1; }
}
`;

/**
 * Renders a shell script that pulls the images on another machine, with one call for each. Images that cannot be pulled make the script
 * fail.
 */
export function renderPullScript({ targets, failures }: PullList, options: PullScriptOptions): string {
  const byHost = Map.groupBy(targets, ({ target }) => target.repository.host);
  const hosts = [...byHost].flatMap(([host, group]) => [
    login(host, options),
    group.map((one) => line(one, options)).join("\n"),
  ]);
  const unknown = failures.map(
    ({ positions, error }) => `# ${describePositions(positions, comment)}: ${explainError(error)}\nfailed=1`,
  );
  const google = [...byHost.keys()].some(options.isGoogle) ? [GOOGLE] : [];
  const parts = [HEADER, ...google, options.tool === "crictl" ? CRICTL : DOCKER, ...hosts, ...unknown, "exit $failed"];
  return `${parts.join("\n")}\n`;
}

function login(host: string, { environmentName, isGoogle }: PullScriptOptions): string {
  const suffix = environmentName(host);
  const value = (kind: string): string => (suffix === "" ? "''" : `\${IMGSYNC_${kind}_${suffix}:-}`);
  return [
    `host=${quote(host)} username=${value("USERNAME")} password=${value("PASSWORD")}`,
    ...(isGoogle(host) ? ["google_login"] : []),
  ].join("\n");
}

/** The error with its hint, the latter as a comment of its own. */
function explainError(error: ErrorDetails): string {
  const hint = error.hint === undefined ? "" : `\n#   hint: ${comment(error.hint)}`;
  return `${describeError(error, comment)}${hint}`;
}

function line(one: PullTarget, { byDigest }: PullScriptOptions): string {
  const { target, digest, error } = one;
  if (digest === undefined) {
    const why = error === undefined ? "" : `: ${explainError(error)}`;
    return `# ${describeTarget(one, comment)}${why}\nfailed=1`;
  }
  const name = byDigest ? { repository: target.repository, digest } : target;
  return `pull ${quote(formatReference(name))} ${digest}`;
}
