import type { ExecResult } from "../exec.ts";
import type { ErrorDetails } from "../../model/error.ts";
import { DENIED_HINT, RegistryError } from "../../http/error.ts";
import { defined } from "../../model/defined.ts";

type Kind = Pick<ErrorDetails, "code"> & {
  readonly pattern: RegExp;
  /** With the command's name in place of `docker`. If absent, docker's own message is used. */
  readonly message?: string;
  /** The message during a pull or push. */
  readonly transferMessage?: string;
  readonly hint?: string;
  readonly isRetryable?: true;
  /** Minimum wait before the next attempt. */
  readonly waitMs?: number;
};

/** A restarting daemon needs a few seconds; all attempts together wait at least twelve. */
const RESTART_MS = 3000;

/**
 * Error messages of docker, podman and nerdctl, most specific first: there is no structured form. Failures that a retry may fix are marked,
 * as docker itself does not retry all of them.
 */
const KINDS: readonly Kind[] = [
  {
    pattern: /permission denied while trying to connect|docker\.sock[^\n]*permission denied/i,
    code: "DENIED",
    message: "this user may not use docker's socket",
    hint: "add the user to the group docker, run rootless docker, or use --docker-command podman",
  },
  {
    pattern:
      /cannot connect to the docker daemon|is the docker daemon running|error during connect|unable to connect to podman/i,
    code: "UNSUPPORTED",
    message: "the docker daemon does not answer",
    transferMessage: "the docker daemon stopped answering during the run",
    hint: "start it (systemctl start docker), or set DOCKER_HOST or the docker context to one that runs",
    isRetryable: true,
    waitMs: RESTART_MS,
  },
  {
    pattern: /no space left on device|disk quota exceeded/i,
    code: "LIMIT_EXCEEDED",
    message: "the disk that docker stores images on is full",
    hint: "make room (docker image prune), or use engine: registry, which stores nothing",
  },
  {
    pattern:
      /client version \S+ is too (?:new|old)|requires api version|only supported on a docker daemon with|unknown flag: --platform/i,
    code: "UNSUPPORTED",
    message: "docker is too old, or its client and daemon are incompatible",
    hint: "update docker: docker version shows both",
  },
  {
    pattern:
      /no matching manifest|does not match the specified platform|no image found in (?:manifest list|image index)|no match for platform/i,
    code: "PLATFORM_MISSING",
    hint: "name a platform that the source has",
  },
  {
    pattern: /server gave HTTP response to HTTPS client/i,
    code: "TLS_FAILED",
    message: "docker speaks https to the registry, which speaks plain http",
    hint: "docker does not read images.yaml: name the host in insecure-registries of its daemon.json (podman: registries.conf)",
  },
  {
    pattern: /x509:|tls: /i,
    code: "TLS_FAILED",
    hint: "docker does not read images.yaml: put the CA into /etc/docker/certs.d/HOST/ca.crt",
  },
  { pattern: /toomanyrequests|too many requests|rate limit/i, code: "RATE_LIMITED" },
  {
    // some registries answer "denied" when a token has expired, and containerd reports only the status of a token service
    pattern:
      /unauthorized|no basic auth credentials|authentication required|unauthenticated|authorization token has expired|(?:incorrect|invalid) username/i,
    code: "UNAUTHENTICATED",
  },
  {
    pattern: /\bdenied\b|forbidden/i,
    code: "DENIED",
    hint: DENIED_HINT,
  },
  {
    pattern: /no such (?:image|object)|image not known|an image does not exist locally/i,
    code: "SOURCE_NOT_FOUND",
    message: "docker no longer has the image",
    hint: "it was removed while imgsync ran: try again",
  },
  {
    pattern: /manifest unknown|manifest for [^\n]* not found|name unknown/i,
    code: "SOURCE_NOT_FOUND",
    hint: "plan again",
  },
  { pattern: /i\/o timeout|timeout exceeded|TLS handshake timeout/i, code: "REGISTRY_TIMEOUT", isRetryable: true },
  {
    pattern: /connection re(?:set|fused)|broken pipe|unexpected EOF|: EOF\b|no such host/i,
    code: "REGISTRY_UNREACHABLE",
    isRetryable: true,
  },
  {
    pattern:
      /unexpected http status: 5\d\d|status code 5\d\d|HTTP response body[^\n]*50\d|\b50[0234] (?:internal|bad|service|gateway)/i,
    code: "REGISTRY_ERROR",
    isRetryable: true,
  },
];

const MAX_WORDS = 500;

/** Converts a failed command to an error that says whether a retry may help. Arguments are not repeated; the output contains no secrets. */
export function dockerFailure(command: string, what: string, result: ExecResult): RegistryError {
  const said = lastWords(result);
  const kind = KINDS.find(({ pattern }) => pattern.test(result.stderr) || pattern.test(said));
  const ours = what === "pull" || what === "push" ? (kind?.transferMessage ?? kind?.message) : kind?.message;
  const words = said === "" ? `exit code ${result.exitCode}` : said;
  return new RegistryError(
    {
      code: kind?.code ?? "REGISTRY_ERROR",
      message: ours === undefined ? `${command} ${what} failed: ${words}` : named(ours, command),
      ...defined({ hint: kind?.hint }),
    },
    {
      isRetryable: kind?.isRetryable === true,
      ...defined({ retryAfterMs: kind?.waitMs }),
    },
  );
}

export function saysNoSuchImage({ stderr }: ExecResult): boolean {
  return /no such (?:image|object)|image not known/i.test(stderr);
}

/** Returns the last printed line, where programs report the error. */
export function lastWords({ stderr, stdout }: ExecResult): string {
  const lines = (stderr.trim() === "" ? stdout : stderr).trim().split("\n");
  return (lines.at(-1) ?? "")
    .trim()
    .replace(/^Error(?: response from daemon)?: /, "")
    .slice(0, MAX_WORDS);
}

function named(message: string, command: string): string {
  return command === "docker" ? message : message.replace(/\bdocker\b/, command);
}
