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
    meaning: "imgsync could not connect to the registry, or lost the connection, and retrying did not help.",
    causes: [
      "the host name is misspelt, or only known in another network",
      "a firewall or a missing proxy: `HTTPS_PROXY`, `NO_PROXY`",
      "the registry is down, or hangs up because the registry requires a client certificate",
    ],
    advice: ["try `curl -v https://HOST/v2/` from the same machine", "check the proxy variables"],
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
      "the registry is slow to answer the final request of a very large upload",
      "the image is large and the connection slow: one change may take 15 minutes and a second for each MiB",
    ],
    advice: [
      "run again: what was copied is kept",
      "lower `--concurrency`",
      "raise `timeouts` in your settings (`docs/configuration.md`)",
    ],
    example: {
      side: "target",
      reference: "registry.example.com/team/app:1.2",
      message: "registry.example.com: the answer took too long",
    },
  },
  REGISTRY_ERROR: {
    meaning: "The registry answered with an error that has no code of its own here. Its message follows.",
    causes: [
      "status 5xx: the registry is broken or overloaded, and retrying did not help",
      "status 404 on a push: the repository has to be created first",
      "status 413: a proxy in front of it limits the size of a request",
    ],
    advice: ["read the registry's own message", "check the registry's log or status page, and run again"],
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
      "the host is not a registry, but a login page for example",
      "a proxy changes answers",
      "the registry has a bug",
    ],
    advice: ["check the host and path of the reference", "try without the proxy", "report it to the registry's vendor"],
    example: {
      side: "source",
      reference: "www.example.com/team/app",
      message: "www.example.com answered GET tags/list with something that is not a tag list",
    },
  },
  RATE_LIMITED: {
    meaning: "The registry limits the rate of requests, and still did after imgsync waited as it asked.",
    causes: ["Docker Hub's limit of pulls, which is low without credentials", "a quota of the project or the account"],
    advice: [
      "log in: most limits are higher then",
      "run again later: finished changes cost next to nothing",
      "lower `--concurrency`, or name a mirror of the host (`registries.HOST.mirrors`)",
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
    meaning: "The TLS connection failed: imgsync or the registry rejected it.",
    causes: [
      "the certificate's CA is unknown on this machine, or it is for another name, or it has expired",
      "the registry speaks plain http on that port",
      "the registry requires a client certificate",
    ],
    advice: [
      "configure its CA: `registries: { HOST: { ca: FILE.pem } }`",
      "allow plain http: `plainHttp: true`",
      "or name a `clientCertificate`",
    ],
    example: {
      side: "target",
      reference: "registry.example.com/team/app:1.2",
      message: "the certificate of registry.example.com is not trusted (unknown authority)",
      hint: 'configure its CA: registries: { "registry.example.com": { ca: FILE.pem } }',
    },
  },
  UNAUTHENTICATED: {
    meaning: "The registry requires credentials, and accepted none.",
    causes: [
      "no credentials were found for the host",
      "they are wrong, have expired, or do not cover this repository",
      "`--untrusted` is on, so none are loaded",
    ],
    advice: [
      "`docker login HOST`, or configure their source: `registries: { HOST: { auth: … } }`",
      "`docs/configuration.md` lists the order in which places are searched",
    ],
    example: {
      side: "target",
      reference: "registry.example.com/team/app:1.2",
      message: "registry.example.com asks for credentials",
      hint: "no credentials were found for registry.example.com: docker login registry.example.com",
    },
  },
  DENIED: {
    meaning: "The registry accepted the credentials, but denies the action.",
    causes: [
      "the account may read but not write there",
      "the repository or project does not exist: many registries say this instead of 404",
      "the tag is protected",
    ],
    advice: [
      "give the account the role that the action needs (Artifact Registry: `roles/artifactregistry.writer`)",
      "create the repository, if a push does not create it",
    ],
    example: {
      side: "target",
      reference: "europe-docker.pkg.dev/my-project/my-repo/app:1.2",
      message: "europe-docker.pkg.dev answered 403 to POST mount: DENIED: Permission denied",
      hint: "the credentials lack a permission, or the repository does not exist",
    },
  },
  CREDENTIALS_FAILED: {
    meaning: "A source of credentials for the host is broken, or the credentials must not be sent there.",
    causes: [
      "a helper or gcloud failed, is not on the PATH, or has nothing for the host",
      "`config.json` or `auth.json` is not JSON",
      "a key file is of another kind or another universe, or Google's services refused it",
      "there is no metadata server, or no service account on this machine",
      "the host is reached over plain http",
    ],
    advice: [
      "see what each source has: `imgsync auth explain HOST`",
      "run the helper by hand, and log in with it again",
      "write `auth: { anonymous: true }` if none are needed",
      "if you control the network: `--allow-plain-http HOST`",
    ],
    example: {
      reference: "registry.example.com",
      message: 'docker-credential-pass has no credentials for "registry.example.com"',
      hint: "log in with it, or write auth: { anonymous: true } if none are needed",
    },
  },
  EGRESS_REFUSED: {
    meaning:
      "imgsync refused to follow a redirect or reference to another host, a private address or an unknown token service.",
    causes: [
      "the registry sends uploads or credentials to another host",
      "a redirect leads into a private network",
      "`--untrusted` is on and the host is not among those of your own settings",
    ],
    advice: [
      "if it is expected, allow it in your own settings: `uploadHosts`, `trustedRealms`, or the host under `registries`",
      "if it is not, find out what changes the registry's answers",
    ],
    example: {
      side: "target",
      reference: "registry.example.com/team/app:1.2",
      message: 'registry.example.com wants the upload to go to another host, "uploads.example.com"',
      hint: 'if this is expected, allow it in your own settings: registries: { "registry.example.com": { uploadHosts: ["uploads.example.com"] } }',
    },
  },
};
