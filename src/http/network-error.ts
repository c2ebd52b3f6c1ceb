import { DeadlineError, waitingFor } from "../model/deadline.ts";
import { isAbort, isDenied } from "../model/error.ts";
import { RegistryError } from "./error.ts";

const UNREACHABLE = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EAI_AGAIN",
  "ENETDOWN",
  "UND_ERR_CONNECT_TIMEOUT",
]);
const LOST = new Set(["ECONNRESET", "EPIPE", "UND_ERR_SOCKET", "ECONNABORTED", "UND_ERR_CLOSED", "UND_ERR_DESTROYED"]);
const TIMEOUT = new Set(["UND_ERR_HEADERS_TIMEOUT", "UND_ERR_BODY_TIMEOUT", "ETIMEDOUT"]);

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "the connection was refused",
  ENOTFOUND: "no such host",
  EAI_AGAIN: "the name could not be resolved",
  EHOSTUNREACH: "no route to the host",
  ENETUNREACH: "no route to the network",
  UND_ERR_CONNECT_TIMEOUT: "connecting took too long",
  UND_ERR_HEADERS_TIMEOUT: "the answer took too long",
  UND_ERR_BODY_TIMEOUT: "the answer stopped in the middle",
  ETIMEDOUT: "the connection timed out",
  UND_ERR_HEADERS_OVERFLOW: "the answer's headers are too large",
};

/**
 * Translates an error of the HTTP client. The client's own message is never shown: it can contain whole URLs and header values. Threat T30.
 * Cancellation passes through unchanged.
 */
export function networkError(thrown: unknown, { host, protocol }: Pick<URL, "host" | "protocol">): unknown {
  if (thrown instanceof DeadlineError) return waitingFor(thrown, `still waiting for ${host}`);
  if (thrown instanceof RegistryError || isAbort(thrown) || isDenied(thrown)) return thrown;
  const code = codeOf(thrown);
  const options = { cause: thrown };
  if (UNREACHABLE.has(code)) {
    const message = `cannot reach ${host}: ${REASONS[code] ?? code}`;
    const hint = "check the host name, the network and HTTPS_PROXY";
    return new RegistryError(
      { code: "REGISTRY_UNREACHABLE", message, hint },
      { isRetryable: true, isUnreachable: true },
      options,
    );
  }
  if (TIMEOUT.has(code)) {
    const message = `${host}: ${REASONS[code] ?? code}`;
    return new RegistryError({ code: "REGISTRY_TIMEOUT", message }, { isRetryable: true }, options);
  }
  if (isTls(thrown, code)) return tlsError(thrown, code, host);
  const message = `${host}: ${REASONS[code] ?? "the connection was lost"}`;
  // a registry that requires a client certificate just closes the connection without one
  const hint =
    protocol === "https:"
      ? { hint: `if it asks for a client certificate, name one: registries: { "${host}": { clientCertificate: … } }` }
      : {};
  const facts = { isRetryable: true, isConnectionLost: LOST.has(code) };
  return new RegistryError({ code: "REGISTRY_UNREACHABLE", message, ...hint }, facts, options);
}

function tlsError(thrown: unknown, code: string, host: string): RegistryError {
  const text = messageOf(thrown);
  const isPlain =
    code === "EPROTO" ||
    code === "ERR_SSL_WRONG_VERSION_NUMBER" ||
    /wrong version number|InvalidContentType|packet length/i.test(text);
  if (isPlain) {
    return new RegistryError(
      {
        code: "TLS_FAILED",
        message: `${host} does not speak TLS on this port`,
        hint: `if it is a plain http registry, say so: registries: { "${host}": { plainHttp: true } }`,
      },
      {},
      { cause: thrown },
    );
  }
  return new RegistryError(
    {
      code: "TLS_FAILED",
      message: `the certificate of ${host} is not trusted (${tlsReason(text, code)})`,
      hint: `configure its CA: registries: { "${host}": { ca: FILE.pem } }`,
    },
    {},
    { cause: thrown },
  );
}

function isTls(thrown: unknown, code: string): boolean {
  return (
    /CERT|TLS|SSL|SELF_SIGNED|UNABLE_TO_|EPROTO/.test(code) ||
    /certificate|handshake|InvalidContentType|tls/i.test(messageOf(thrown))
  );
}

function tlsReason(text: string, code: string): string {
  if (/ALTNAME|NotValidForName/i.test(code + text)) return "it is issued for another name";
  if (/EXPIRED/i.test(code + text)) return "it has expired";
  if (/HANDSHAKE|ALERT|CertificateRequired/i.test(code + text))
    return "the handshake failed; a client certificate may be needed";
  return "unknown authority";
}

function codeOf(thrown: unknown): string {
  for (let at: unknown = thrown, depth = 0; at instanceof Error && depth < 4; at = at.cause, depth += 1) {
    if ("code" in at && typeof at.code === "string" && at.code !== "") return at.code;
    if (at instanceof AggregateError) return codeOf(at.errors[0]);
  }
  return "";
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error
    ? `${thrown.message} ${thrown.cause instanceof Error ? thrown.cause.message : ""}`
    : "";
}
