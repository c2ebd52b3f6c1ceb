import type { ErrorGuides } from "./guide.ts";

type Code =
  | "REGISTRY_UNREACHABLE"
  | "REGISTRY_TIMEOUT"
  | "REGISTRY_ERROR"
  | "REGISTRY_PROTOCOL"
  | "RATE_LIMITED"
  | "TLS_FAILED"
  | "UNAUTHENTICATED"
  | "DENIED"
  | "CREDENTIALS_FAILED"
  | "EGRESS_REFUSED";

/** Errors in the communication with a registry. */
export const REGISTRY_GUIDES: ErrorGuides<Code> = {
  REGISTRY_UNREACHABLE: {
    meaning: "imgsync could not connect to the registry, or lost the connection, even after retries.",
    causes: [
      "the host name is misspelt, or only exists in another network",
      "a firewall blocks the connection, or a proxy is needed (`HTTPS_PROXY`, `NO_PROXY`)",
      "the registry is down, or closes the connection because it requires a client certificate",
    ],
    advice: ["run `curl -v https://HOST/v2/` on the same machine", "check the proxy variables"],
    example: {
      side: "source",
      reference: "registry.example.com/team/app:1.2",
      message: "cannot reach registry.example.com: no such host",
      hint: "check the host name, the network and HTTPS_PROXY",
    },
  },
  REGISTRY_TIMEOUT: {
    meaning: "The registry accepted the connection but did not answer in time, even after retries.",
    causes: [
      "the registry or a proxy is overloaded",
      "the registry takes long to process a very large upload",
      "the connection is too slow for the image: one change may take 15 minutes, plus a second for each MiB",
    ],
    advice: [
      "run again: content that was copied is not sent again",
      "lower `--concurrency`",
      "increase `timeouts` in your settings (`docs/configuration.md`)",
    ],
    example: {
      side: "target",
      reference: "registry.example.com/team/app:1.2",
      message: "registry.example.com: the answer took too long",
    },
  },
  REGISTRY_ERROR: {
    meaning: "The registry answered with an error. The message shows the status and the registry's own text.",
    causes: [
      "status 5xx: the registry has a problem or is overloaded, even after retries",
      "status 404 on a push: the repository must be created first",
      "status 413: a proxy in front of the registry limits the size of requests",
    ],
    advice: ["read the registry's message", "check the registry's log or status page, and run again"],
    example: {
      side: "target",
      reference: "registry.example.com/team/app:1.2",
      message: "registry.example.com answered 413 to PUT blob",
      hint: "a proxy or the registry limits the size of a request: raise its limit",
    },
  },
  REGISTRY_PROTOCOL: {
    meaning: "The registry's answer does not follow the OCI distribution specification.",
    causes: [
      "the host is not a registry, but for example a login page",
      "a proxy changes the registry's answers",
      "the registry has a bug",
    ],
    advice: [
      "check the host and path of the reference",
      "try without the proxy",
      "report the bug to the registry's vendor",
    ],
    example: {
      side: "source",
      reference: "www.example.com/team/app",
      message: "www.example.com answered GET tags/list with something that is not a tag list",
    },
  },
  RATE_LIMITED: {
    meaning:
      "The registry limits the rate of requests, and still refused them after imgsync waited as requested, or a pull would have used the `reserve`.",
    causes: [
      "Docker Hub's pull limit is reached, which is low without credentials",
      "`registries.HOST.reserve` keeps the pulls that are left, or the registry does not report how many are left",
      "a quota of the project or account is used up",
    ],
    advice: [
      "log in: limits are usually higher for accounts",
      "run again later: finished changes are not repeated",
      "with `reserve`, add `wait: true`",
      "lower `--concurrency`, or configure a mirror (`registries.HOST.mirrors`)",
    ],
    example: {
      side: "source",
      reference: "docker.io/library/nginx:1.27",
      message:
        "docker.io answered 429 to GET manifest: TOOMANYREQUESTS: You have reached your unauthenticated pull rate limit.",
      hint: "the registry asks to retry after 2026-01-01T06:00:00.000Z",
    },
  },
  TLS_FAILED: {
    meaning: "The TLS connection to the registry failed.",
    causes: [
      "the registry's certificate has an unknown CA, is for another name, or has expired",
      "the registry uses plain http on this port",
      "the registry requires a client certificate",
    ],
    advice: [
      "for an unknown CA: `registries: { HOST: { ca: FILE.pem } }`",
      "for plain http: `registries: { HOST: { plainHttp: true } }`",
      "for client certificates: `registries: { HOST: { clientCertificate: … } }`",
    ],
    example: {
      side: "target",
      reference: "registry.example.com/team/app:1.2",
      message: "the certificate of registry.example.com is not trusted (unknown authority)",
      hint: 'configure its CA: registries: { "registry.example.com": { ca: FILE.pem } }',
    },
  },
  UNAUTHENTICATED: {
    meaning: "The registry requires credentials. imgsync has none for it, or the registry rejected them.",
    causes: [
      "no credentials were found for the host",
      "the credentials are wrong, have expired, or are for another repository",
      "`--untrusted` is on, so no credentials are loaded",
    ],
    advice: [
      "log in with `docker login HOST`, or set `registries: { HOST: { auth: … } }`",
      "see which credentials imgsync uses: `imgsync auth explain HOST`",
    ],
    example: {
      side: "target",
      reference: "registry.example.com/team/app:1.2",
      message: "registry.example.com asks for credentials",
      hint: "no credentials were found for registry.example.com: run docker login registry.example.com",
    },
  },
  DENIED: {
    meaning: "The registry denies access.",
    causes: [
      "the account lacks a permission, such as the permission to push",
      "the repository or project does not exist: many registries answer this way",
      "the tag is protected by the registry",
    ],
    advice: [
      "grant the account the necessary role (Artifact Registry: `roles/artifactregistry.writer`)",
      "create the repository if pushes do not create it",
      "run `imgsync doctor` to see what is missing",
    ],
    example: {
      side: "target",
      reference: "europe-docker.pkg.dev/my-project/my-repo/app:1.2",
      message: "europe-docker.pkg.dev answered 403 to POST mount: DENIED: Permission denied",
      hint: "the credentials lack a permission, or the repository does not exist",
    },
  },
  CREDENTIALS_FAILED: {
    meaning: "A source of credentials for the host failed, or credentials must not be sent to the host.",
    causes: [
      "a credential helper or gcloud failed, is not on the PATH, or has no credentials for the host",
      "`config.json` or `auth.json` is not JSON",
      "a key file has another type or universe, or Google's services rejected the key",
      "this machine has no metadata server or no service account",
      "the connection uses plain http, and credentials are not sent over it",
    ],
    advice: [
      "see all sources: `imgsync auth explain HOST`",
      "log in again with the credential helper",
      "if no credentials are needed, set `auth: { anonymous: true }`",
      "if you trust the network, add `--allow-plain-http HOST`",
    ],
    example: {
      reference: "registry.example.com",
      message: 'docker-credential-pass has no credentials for "registry.example.com"',
      hint: "log in with it, or write auth: { anonymous: true } if none are needed",
    },
  },
  EGRESS_REFUSED: {
    meaning:
      "The registry sent imgsync to another host, a private address or an unknown token service, and imgsync refused.",
    causes: [
      "the registry expects uploads or credentials at another host",
      "a redirect points into a private network",
      "`--untrusted` is on, and the host is not in your own settings",
    ],
    advice: [
      "if this is expected, allow the host in your own settings: `uploadHosts`, `trustedRealms`, or a key under `registries`",
      "if it is not expected, find out what changes the registry's answers",
    ],
    example: {
      side: "target",
      reference: "registry.example.com/team/app:1.2",
      message: 'registry.example.com wants the upload to go to another host, "uploads.example.com"',
      hint: 'if this is expected, allow it in your own settings: registries: { "registry.example.com": { uploadHosts: ["uploads.example.com"] } }',
    },
  },
};
