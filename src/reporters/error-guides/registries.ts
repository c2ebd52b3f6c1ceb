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

/** Errors between us and a registry. */
export const REGISTRY_GUIDES: ErrorGuides<Code> = {
  REGISTRY_UNREACHABLE: {
    meaning: "No connection to the registry came about, or it broke. It was tried several times.",
    causes: [
      "the host's name is misspelt or known only inside another network",
      "a firewall or a missing proxy: `HTTPS_PROXY`, `NO_PROXY`",
      "the registry is down, or hangs up because it wants a client certificate",
    ],
    advice: ["try `curl -v https://HOST/v2/` from the same machine", "check the proxy variables"],
    example: {
      side: "source",
      reference: "registry.example.com/team/app:1.2",
      message: "cannot reach registry.example.com: there is no such host",
      hint: "check the host name, the network and HTTPS_PROXY",
    },
  },
  REGISTRY_TIMEOUT: {
    meaning: "The registry took the connection but not the time that is allowed, also when asked again.",
    causes: [
      "the registry or a proxy is overloaded",
      "the final request of a very large upload is slow to be answered",
      "the image is large and the connection slow: one change may take 15 minutes and a second for each MiB",
    ],
    advice: [
      "run again: what was copied stays",
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
    meaning: "The registry answered with an error that has no code of its own here; its own words follow.",
    causes: [
      "status 5xx: it is broken or overloaded; it was asked several times",
      "status 404 on a push: the repository has to be created first",
      "status 413: a proxy in front of it limits the size of a request",
    ],
    advice: [
      "read the registry's words in the message",
      "look at the registry's own log or status page, and run again",
    ],
    example: {
      side: "target",
      reference: "registry.example.com/team/app:1.2",
      message: "registry.example.com answered 413 to PUT blob",
      hint: "a proxy or the registry limits the size of a request: raise its limit",
    },
  },
  REGISTRY_PROTOCOL: {
    meaning: "The registry answered in a way that the OCI distribution specification does not know.",
    causes: [
      "the host is no registry, but for example a login page",
      "a proxy changes answers",
      "the registry has a fault",
    ],
    advice: ["check the host and path of the reference", "try without the proxy", "tell the registry's vendor"],
    example: {
      side: "source",
      reference: "www.example.com/team/app",
      message: "www.example.com answered GET tags/list with something that is no tag list",
    },
  },
  RATE_LIMITED: {
    meaning: "The registry wants fewer requests and still did so after waiting as it asked.",
    causes: ["Docker Hub's limit of pulls, which is low without credentials", "a quota of the project or the account"],
    advice: [
      "log in: most limits are higher then",
      "run again later: what is finished costs next to nothing",
      "lower `--concurrency`, or name a mirror of the host (`registries.HOST.mirrors`)",
    ],
    example: {
      side: "source",
      reference: "docker.io/library/nginx:1.27",
      message:
        "docker.io answered 429 to GET manifest: TOOMANYREQUESTS: You have reached your unauthenticated pull rate limit.",
      hint: "the registry asks to come back after 2026-01-01T06:00:00.000Z",
    },
  },
  TLS_FAILED: {
    meaning: "The encrypted connection was refused, by us or by the registry.",
    causes: [
      "the certificate is of an authority that this machine does not know, for another name, or out of date",
      "the registry speaks plain http on that port",
      "it wants a client certificate",
    ],
    advice: [
      "name its authority: `registries: { HOST: { ca: FILE.pem } }`",
      "say that it speaks plain http: `plainHttp: true`",
      "or name a `clientCertificate`",
    ],
    example: {
      side: "target",
      reference: "registry.example.com/team/app:1.2",
      message: "the certificate of registry.example.com is not trusted (unknown authority)",
      hint: 'name its authority: registries: { "registry.example.com": { ca: FILE.pem } }',
    },
  },
  UNAUTHENTICATED: {
    meaning: "The registry wants to know who asks, and has not accepted an answer.",
    causes: [
      "no credentials were found for the host",
      "they are wrong, have expired, or do not reach this repository",
      "`--untrusted` is on, which loads none",
    ],
    advice: [
      "`docker login HOST`, or name where they come from: `registries: { HOST: { auth: … } }`",
      "`docs/configuration.md` has the order in which places are searched",
    ],
    example: {
      side: "target",
      reference: "registry.example.com/team/app:1.2",
      message: "registry.example.com asks for credentials",
      hint: "no credentials were found for registry.example.com: docker login registry.example.com",
    },
  },
  DENIED: {
    meaning: "The registry knows who asks and refuses.",
    causes: [
      "the account may read but not write there",
      "the repository or project does not exist: many registries say this instead of 404",
      "the tag is protected",
    ],
    advice: [
      "give the account the role that the action needs (Artifact Registry: `roles/artifactregistry.writer`)",
      "create the repository, if it does not come into being by a push",
    ],
    example: {
      side: "target",
      reference: "europe-docker.pkg.dev/my-project/my-repo/app:1.2",
      message: "europe-docker.pkg.dev answered 403 to POST mount: DENIED: Permission denied",
      hint: "the credentials lack a permission, or the repository does not exist",
    },
  },
  CREDENTIALS_FAILED: {
    meaning: "A place that should give credentials for the host is broken, or they may not be sent there.",
    causes: [
      "a helper or gcloud failed, is not on the PATH, or has nothing for the host",
      "`config.json` or `auth.json` is no JSON",
      "a key file is of another kind or another universe, or Google's services refused it",
      "there is no metadata server, or no service account on this machine",
      "the host is reached over plain http",
    ],
    advice: [
      "see what each place has: `imgsync auth explain HOST`",
      "run the helper by hand and log in with it again",
      "write `auth: { anonymous: true }` where none are needed",
      "if the network is yours: `--allow-plain-http HOST`",
    ],
    example: {
      reference: "registry.example.com",
      message: 'docker-credential-pass has no credentials for "registry.example.com"',
      hint: "log in with it, or write auth: { anonymous: true } where none are needed",
    },
  },
  EGRESS_REFUSED: {
    meaning:
      "imgsync was led somewhere that it does not go: another host, a private address, an unknown token service.",
    causes: [
      "the registry sends uploads or credentials to another host",
      "a redirect leads into a private network",
      "`--untrusted` is on and the host is not among those of your own settings",
    ],
    advice: [
      "if it is right, allow it in your own settings: `uploadHosts`, `trustedRealms`, or the host under `registries`",
      "if it is not expected, find out who changes the registry's answers",
    ],
    example: {
      side: "target",
      reference: "registry.example.com/team/app:1.2",
      message: 'registry.example.com wants the upload to go to another host, "uploads.example.com"',
      hint: 'if that is right, allow it in your own settings: registries: { "registry.example.com": { uploadHosts: ["uploads.example.com"] } }',
    },
  },
};
