import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { crictlFailure, saysNoSuchImage } from "../../../src/programs/crictl/failure.ts";

/** Returns a failure as crictl 1.26 to 1.36 print it when stderr is not a terminal. */
function failed(message: string, stdout = ""): { exitCode: number; stdout: string; stderr: string } {
  const stderr = `time="2026-01-01T00:00:00Z" level=fatal msg=${JSON.stringify(message)}\n`;
  return { exitCode: 1, stdout, stderr };
}

const PULLED = 'failed to pull and unpack image "127.0.0.1:5000/app:v1": ';
const RESOLVED = `${PULLED}failed to resolve reference "127.0.0.1:5000/app:v1": `;
const SOCKET =
  'rpc error: code = Unavailable desc = connection error: desc = "transport: Error while dialing: dial unix';

const CASES: readonly (readonly [code: string, isRetryable: boolean, text: string])[] = [
  [
    "UNSUPPORTED",
    false,
    `validate service connection: validate CRI v1 image API for endpoint "unix:///nope.sock": ${SOCKET} /nope.sock: connect: no such file or directory"`,
  ],
  ["UNSUPPORTED", false, `validate service connection: ${SOCKET} /run/c.sock: connect: connection refused"`],
  ["UNSUPPORTED", false, "--image-endpoint is not set"],
  ["DENIED", false, `unable to determine runtime API version: ${SOCKET} /run/c.sock: connect: permission denied"`],
  [
    "UNSUPPORTED",
    false,
    'validate service connection: CRI v1 runtime API is not implemented for endpoint "unix:///run/c.sock": rpc error: code = Unimplemented desc = unknown service runtime.v1.RuntimeService',
  ],
  ["UNSUPPORTED", false, "flag provided but not defined: -o"],
  [
    "TARGET_NOT_FOUND",
    false,
    `pulling image: rpc error: code = NotFound desc = ${RESOLVED}127.0.0.1:5000/app:v1: not found`,
  ],
  [
    "PLATFORM_MISSING",
    false,
    `pulling image: rpc error: code = NotFound desc = ${PULLED}no match for platform in manifest: not found`,
  ],
  [
    "UNAUTHENTICATED",
    false,
    `pulling image: ${RESOLVED}pulling from host 127.0.0.1:5000 failed with status code [manifests v1]: 401 Unauthorized`,
  ],
  [
    "DENIED",
    false,
    `pulling image: rpc error: code = Unknown desc = ${RESOLVED}failed to authorize: failed to fetch oauth token: unexpected status: 403 Forbidden`,
  ],
  [
    "REGISTRY_UNREACHABLE",
    true,
    `pulling image: ${RESOLVED}failed to do request: Head "http://127.0.0.1:1/v2/app/manifests/v1": dial tcp 127.0.0.1:1: connect: connection refused`,
  ],
  [
    "TLS_FAILED",
    false,
    `pulling image: ${RESOLVED}failed to do request: Head "https://r.test/v2/": http: server gave HTTP response to HTTPS client`,
  ],
  ["LIMIT_EXCEEDED", false, `pulling image: ${PULLED}write /var/lib/containerd/x: no space left on device`],
  ["REGISTRY_ERROR", false, "something never seen before"],
];

describe("a failure of crictl", () => {
  for (const [code, isRetryable, text] of CASES) {
    it(`is ${code}: ${text.slice(-60)}`, () => {
      const error = crictlFailure("pull", failed(text));
      assert.deepEqual([error.code, error.facts.isRetryable], [code, isRetryable]);
    });
  }

  it("is also read from terminal output, without its prefix", () => {
    const stderr = 'E0101 00:00:00.0 1 remote_image.go:250] "PullImage failed"\nFATA[0000] pulling image: odd\n';
    assert.equal(crictlFailure("pull", { exitCode: 1, stdout: "", stderr }).message, "crictl pull failed: odd");
  });

  it("shows the exit code when there is no output", () => {
    const error = crictlFailure("pull", { exitCode: 137, stdout: "", stderr: "" });
    assert.equal(error.message, "crictl pull failed: exit code 137");
  });

  it("distinguishes a missing image from everything else", () => {
    assert.ok(saysNoSuchImage(failed('no such image "127.0.0.1:5000/app:v1" present')));
    assert.ok(!saysNoSuchImage(failed("--image-endpoint is not set")));
  });
});
