import type { ExecResult } from "../exec.ts";
import type { ErrorDetails } from "../../model/error.ts";
import { DENIED_HINT, RegistryError } from "../../http/error.ts";
import { defined } from "../../model/defined.ts";

type Kind = Pick<ErrorDetails, "code"> & {
  readonly pattern: RegExp;
  /** If absent, crictl's own message is used. */
  readonly message?: string;
  readonly hint?: string;
  readonly isRetryable?: true;
};

const ENDPOINT_HINT =
  "name its socket with --runtime-endpoint or CONTAINER_RUNTIME_ENDPOINT, such as unix:///run/containerd/containerd.sock, or in /etc/crictl.yaml";

/** Error messages of crictl, most specific first. The runtime's errors have no structured form. */
const KINDS: readonly Kind[] = [
  {
    pattern: /dial unix [^\n]*permission denied/i,
    code: "DENIED",
    message: "this user may not use the socket of the container runtime",
    hint: "run imgsync as root, or as the user that the runtime runs as",
  },
  {
    pattern: /dial unix |endpoint is not set|unable to determine (?:runtime|image) API version: [^\n]*Unavailable/i,
    code: "UNSUPPORTED",
    message: "no container runtime answers crictl",
    hint: ENDPOINT_HINT,
  },
  {
    pattern: /code = Unimplemented|API is not implemented|unknown service runtime\./i,
    code: "UNSUPPORTED",
    message: "the container runtime does not speak the CRI that this crictl speaks",
    hint: "its CRI plugin may be switched off, or one of the two is too old: crictl version, containerd --version",
  },
  {
    pattern: /flag provided but not defined|No help topic for/i,
    code: "UNSUPPORTED",
    message: "crictl is too old",
    hint: "install the one that belongs to the Kubernetes version of the node",
  },
  {
    pattern: /no match for (?:current )?platform|no image found in (?:manifest list|image index)/i,
    code: "PLATFORM_MISSING",
    message: "the image has nothing for the platform of this node",
    hint: "let the manifest keep that platform, or leave the image out here with --only",
  },
  {
    pattern: /no space left on device|disk quota exceeded/i,
    code: "LIMIT_EXCEEDED",
    message: "the disk that the container runtime stores images on is full",
    hint: "make room: crictl rmi --prune",
  },
  {
    pattern: /server gave HTTP response to HTTPS client/i,
    code: "TLS_FAILED",
    message: "the container runtime speaks https to the registry, which speaks plain http",
    hint: "it does not read images.yaml: containerd wants certs.d/HOST/hosts.toml, CRI-O registries.conf",
  },
  {
    pattern: /x509:|tls: /i,
    code: "TLS_FAILED",
    hint: "the container runtime does not read images.yaml: give it the CA, for containerd in certs.d/HOST/hosts.toml",
  },
  { pattern: /toomanyrequests|429 Too Many Requests|rate limit/i, code: "RATE_LIMITED", isRetryable: true },
  {
    pattern: /403 Forbidden|insufficient_scope|\bdenied\b/i,
    code: "DENIED",
    hint: DENIED_HINT,
  },
  {
    pattern: /401 Unauthorized|unauthorized|authorization failed|failed to authorize|no basic auth credentials/i,
    code: "UNAUTHENTICATED",
    hint: "imgsync auth explain HOST says which credentials it gives to crictl",
  },
  {
    pattern: /code = NotFound|: not found\b|manifest unknown|name unknown/i,
    code: "TARGET_NOT_FOUND",
    hint: "it was there a moment ago; imgsync apply restores it",
  },
  {
    pattern: /i\/o timeout|timeout exceeded|TLS handshake timeout|context deadline exceeded/i,
    code: "REGISTRY_TIMEOUT",
    isRetryable: true,
  },
  {
    pattern: /connection re(?:set|fused)|broken pipe|unexpected EOF|: EOF\b|no such host/i,
    code: "REGISTRY_UNREACHABLE",
    hint: "the container runtime of the node must reach it, with proxies and mirrors of its own",
    isRetryable: true,
  },
  { pattern: /\b50[0234] (?:internal|bad|service|gateway)/i, code: "REGISTRY_ERROR", isRetryable: true },
];

const MAX_WORDS = 500;

/** Converts a failed command to an error that says whether a retry may help. Its output contains no credentials. */
export function crictlFailure(what: string, result: ExecResult): RegistryError {
  const said = crictlWords(result);
  const kind = KINDS.find(({ pattern }) => pattern.test(said));
  const words = said === "" ? `exit code ${result.exitCode}` : said;
  return new RegistryError(
    {
      code: kind?.code ?? "REGISTRY_ERROR",
      message: kind?.message ?? `crictl ${what} failed: ${words.slice(0, MAX_WORDS)}`,
      ...defined({ hint: kind?.hint }),
    },
    { isRetryable: kind?.isRetryable === true },
  );
}

export function saysNoSuchImage(result: ExecResult): boolean {
  return /no such image .* present/i.test(crictlWords(result));
}

/** Returns the message of the last log line, which without a terminal is `time="…" level=fatal msg="…"`, without gRPC's prefix. */
function crictlWords({ stderr, stdout }: ExecResult): string {
  const lines = (stderr.trim() === "" ? stdout : stderr).trim().split("\n");
  const last = (lines.at(-1) ?? "").trim();
  const quoted = /\blevel=(?:fatal|error)\s+msg=("(?:[^"\\]|\\.)*")/.exec(last)?.[1];
  const text = quoted === undefined ? last.replace(/^FATA\[\d+\]\s*/, "") : unquote(quoted);
  return text.replace(/^pulling image: /, "").replace(/^rpc error: code = Unknown desc = /, "");
}

/** Go's quoting equals JSON's, except for a few escapes that do not occur here. */
function unquote(quoted: string): string {
  try {
    const text: unknown = JSON.parse(quoted);
    return typeof text === "string" ? text : quoted;
  } catch {
    return quoted;
  }
}
