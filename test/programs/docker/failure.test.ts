import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { dockerFailure, saysNoSuchImage } from "../../../src/programs/docker/failure.ts";

const failed = (stderr: string) => ({ exitCode: 1, stdout: "", stderr: `${stderr}\n` });

/** Messages of docker 20.10 to 28, podman 4.3 and nerdctl. */
const RECORDED: readonly (readonly [what: string, code: string, said: RegExp, stderr: string])[] = [
  [
    "push",
    "UNSUPPORTED",
    /stopped answering during the run/,
    "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?",
  ],
  [
    "image",
    "UNSUPPORTED",
    /the docker daemon does not answer/,
    "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?",
  ],
  [
    "image",
    "DENIED",
    /may not use docker's socket/,
    'permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: Get "http://%2Fvar%2Frun%2Fdocker.sock/v1.50/containers/json": dial unix /var/run/docker.sock: connect: permission denied',
  ],
  [
    "pull",
    "LIMIT_EXCEEDED",
    /disk .* is full/,
    "failed to register layer: Error processing tar file(exit status 1): write /usr/lib/x: no space left on device",
  ],
  [
    "pull",
    "UNSUPPORTED",
    /too old/,
    "Error response from daemon: client version 1.50 is too new. Maximum supported API version is 1.41",
  ],
  [
    "pull",
    "UNSUPPORTED",
    /too old/,
    '"--platform" is only supported on a Docker daemon with experimental features enabled',
  ],
  [
    "pull",
    "PLATFORM_MISSING",
    /no matching manifest/,
    "no matching manifest for linux/s390x in the manifest list entries",
  ],
  [
    "push",
    "TLS_FAILED",
    /plain http/,
    'Get "https://127.0.0.1:5000/v2/": http: server gave HTTP response to HTTPS client',
  ],
  [
    "pull",
    "TLS_FAILED",
    /x509/,
    'Error response from daemon: Get "https://registry.test/v2/": tls: failed to verify certificate: x509: certificate signed by unknown authority',
  ],
  ["push", "UNAUTHENTICATED", /no basic auth/, "no basic auth credentials"],
  [
    "push",
    "UNAUTHENTICATED",
    /has expired/,
    "denied: Your authorization token has expired. Reauthenticate and try again.",
  ],
  [
    "push",
    "UNAUTHENTICATED",
    /401 Unauthorized/,
    "failed to authorize: failed to fetch oauth token: unexpected status from GET request to https://registry.test/v2/token: 401 Unauthorized",
  ],
  ["push", "UNAUTHENTICATED", /incorrect username/, "error from registry: incorrect username or password"],
  [
    "push",
    "UNAUTHENTICATED",
    /Unauthenticated request/,
    'denied: Unauthenticated request. Unauthenticated requests do not have permission "artifactregistry.repositories.uploadArtifacts"',
  ],
  ["push", "DENIED", /denied/, "denied: requested access to the resource is denied"],
  [
    "pull",
    "RATE_LIMITED",
    /toomanyrequests/,
    "Error response from daemon: toomanyrequests: You have reached your pull rate limit.",
  ],
  [
    "push",
    "SOURCE_NOT_FOUND",
    /no longer has the image/,
    "An image does not exist locally with the tag: 127.0.0.1:5999/a/nope",
  ],
  [
    "pull",
    "SOURCE_NOT_FOUND",
    /manifest unknown/,
    "Error response from daemon: manifest for 127.0.0.1:5999/a/nope:x not found: manifest unknown: manifest unknown",
  ],
  ["push", "REGISTRY_ERROR", /500/, "received unexpected HTTP status: 500 Internal Server Error"],
  ["push", "REGISTRY_ERROR", /exit code 1/, ""],
];

describe("a failed docker command", () => {
  for (const [what, code, said, stderr] of RECORDED) {
    it(`is ${code} when ${what} prints "${stderr.slice(0, 60)}"`, () => {
      const { details } = dockerFailure("docker", what, failed(stderr));
      assert.equal(details.code, code);
      assert.match(details.message, said);
    });
  }

  it("is retryable when the daemon, the network or the registry was down, and never when the registry refused", () => {
    const isRetryable = (stderr: string) => dockerFailure("docker", "push", failed(stderr)).facts.isRetryable;
    assert.equal(isRetryable("Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?"), true);
    assert.equal(isRetryable("received unexpected HTTP status: 503 Service Unavailable"), true);
    assert.equal(isRetryable("read tcp 127.0.0.1:1->127.0.0.1:2: read: connection reset by peer"), true);
    assert.equal(isRetryable("denied: requested access to the resource is denied"), false);
    assert.equal(isRetryable("toomanyrequests: too many"), false);
  });

  it("names the configured program", () => {
    const { details } = dockerFailure("podman", "push", failed("write /x: no space left on device"));
    assert.equal(details.message, "the disk that podman stores images on is full");
  });

  it("distinguishes a missing image from every other failure", () => {
    assert.equal(
      saysNoSuchImage(failed("Error response from daemon: no such image: a: No such image: a:latest")),
      true,
    );
    assert.equal(saysNoSuchImage(failed("Error: inspecting object: nope: image not known")), true);
    assert.equal(saysNoSuchImage(failed("Cannot connect to the Docker daemon")), false);
  });
});
