import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { dockerFailure } from "../../../src/programs/docker/failure.ts";
import { createLogins } from "../../../src/programs/docker/logins.ts";
import { RegistryError } from "../../../src/http/error.ts";
import type { Credential } from "../../../src/model/credential.ts";
import type { FindOptions } from "../../../src/model/ports.ts";
import { secret } from "../../../src/model/secret.ts";

const REPOSITORY = { host: "registry.test", path: "app" };
const { signal } = new AbortController();

function numbered(number: number): Credential {
  return { kind: "basic", username: "me", password: secret(`password ${number}`), origin: "the test" };
}

/** A source with these credentials: the first one, and the next one each time when it was refused. */
function sourceOf(...found: readonly (Credential | undefined)[]) {
  const asked: FindOptions[] = [];
  let at = 0;
  const find = async (_: object, options: FindOptions): Promise<Credential | undefined> => {
    asked.push(options);
    if (options.refused !== undefined) at += 1;
    return found[Math.min(at, found.length - 1)];
  };
  return { asked, logins: createLogins({ credentials: { find }, rate: { millisecondsFor: (_, bytes) => bytes * 2 } }) };
}

function saying(stderr: string): RegistryError {
  return dockerFailure("docker", "push", { exitCode: 1, stdout: "", stderr });
}

async function failing(
  source: ReturnType<typeof sourceOf>,
  error: unknown,
  hasProgress = false,
): Promise<RegistryError> {
  try {
    await source.logins({ repository: REPOSITORY, signal, hasProgress: () => hasProgress }, () =>
      Promise.reject(error),
    );
  } catch (thrown) {
    assert.ok(thrown instanceof RegistryError, String(thrown));
    return thrown;
  }
  return assert.fail("it did not fail");
}

const REFUSED = saying("unauthorized: authentication required");

describe("the credential of a transfer", () => {
  it("is one that lasts for all of its bytes", async () => {
    const { logins, asked } = sourceOf(numbered(1));
    const used = await logins({ repository: REPOSITORY, bytes: 500, signal }, async (credential) => credential);
    assert.equal(used?.kind === "basic" ? used.password.reveal() : "", "password 1");
    assert.deepEqual(asked, [{ signal, isLong: true, workMs: 1000 }]);
  });

  it("is replaced once when it was refused, if its source has another", async () => {
    const source = sourceOf(numbered(1), numbered(2));
    const { facts, code } = await failing(source, REFUSED);
    assert.deepEqual([code, facts.isRetryable, facts.isOnceMore], ["UNAUTHENTICATED", true, true]);
    const next = await source.logins({ repository: REPOSITORY, signal }, async (credential) => credential);
    assert.equal(next?.kind === "basic" ? next.password.reveal() : "", "password 2");
  });

  it("is replaced as often as any failure is retried, if each attempt moves something", async () => {
    const { facts } = await failing(sourceOf(numbered(1), numbered(2)), REFUSED, true);
    assert.deepEqual([facts.isRetryable, facts.isOnceMore], [true, undefined]);
  });

  it("fails for good, with its origin, if its source has no other, or fails", async () => {
    for (const source of [sourceOf(numbered(1)), sourceOf(numbered(1), undefined)]) {
      const { facts, details } = await failing(source, REFUSED);
      assert.equal(facts.isRetryable, false);
      assert.match(details.hint ?? "", /the credentials from the test were refused/);
    }
    const failed = await failing(sourceOf(undefined), REFUSED);
    assert.match(
      failed.details.hint ?? "",
      /no credentials were found for registry\.test: run docker login registry\.test/,
    );
  });

  it("may be what docker reports in the registry's words alone, unless those say that the tag is immutable", async () => {
    const unclear = "error from registry: something in the registry's own words";
    assert.equal((await failing(sourceOf(numbered(1), numbered(2)), saying(unclear))).facts.isOnceMore, true);
    assert.equal((await failing(sourceOf(numbered(1)), saying(unclear))).details.hint, undefined);
    for (const other of [
      "error from registry: The image tag 'v1' already exists in the 'app' repository and cannot be overwritten because the repository is immutable.",
      "denied: requested access to the resource is denied",
      "received unexpected HTTP status: 500 Internal Server Error",
    ]) {
      const source = sourceOf(numbered(1), numbered(2));
      await failing(source, saying(other));
      assert.equal(source.asked.length, 1, other);
    }
  });
});
