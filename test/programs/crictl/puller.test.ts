import assert from "node:assert/strict";
import { after, before, describe, it, type TestContext } from "node:test";
import { createCrictlPuller } from "../../../src/programs/crictl/puller.ts";
import { createExec } from "../../../src/programs/exec.ts";
import type { Credential } from "../../../src/model/credential.ts";
import { ImgsyncError } from "../../../src/model/error.ts";
import type { NodePuller } from "../../../src/model/node-pull.ts";
import { secret } from "../../../src/model/secret.ts";
import { type Containerd, startContainerd } from "../../support/containerd.ts";
import { startDockerRegistry } from "../../support/docker-registry.ts";
import { smallImage } from "../../support/images.ts";
import { findProgram, type ProgramName, requirePrograms, requireRoot } from "../../support/programs.ts";
import { pushImage } from "../../support/push-image.ts";
import { createScope } from "../../support/scope.ts";

const { onEnd } = createScope();
const NEEDED: readonly ProgramName[] = ["containerd", "crictl", "docker-registry"];
const HTPASSWD = { username: "robot", password: "right" };
const { signal } = new AbortController();

let node: Containerd | undefined;
before(async () => {
  if (NEEDED.every((name) => findProgram(name) !== undefined) && process.getuid?.() === 0)
    node = await startContainerd();
});
after(() => node?.stop());

function pullerWith(credential: Credential | undefined): NodePuller {
  return createCrictlPuller({
    exec: createExec({ environment: { PATH: node?.crictlFolder } }),
    credentials: { find: async () => credential },
    retry: (attempt) => attempt(),
    endpoint: node?.endpoint ?? "",
  });
}

function withPassword(password: string): Credential {
  return { kind: "basic", username: HTPASSWD.username, password: secret(password), origin: "the test" };
}

async function ready(t: TestContext): Promise<string | undefined> {
  if (!requirePrograms(t, ...NEEDED) || !requireRoot(t)) return undefined;
  const registry = await startDockerRegistry({ htpasswd: HTPASSWD });
  onEnd(registry.stop);
  await node?.allowPlainHttp(registry.host);
  await pushImage(registry.host, "app", "v1", smallImage(1), { credentials: HTPASSWD });
  return registry.host;
}

describe("crictl with a registry that requires credentials", () => {
  it("distinguishes wrong and missing credentials, a missing tag and an existing image", async (t) => {
    const host = await ready(t);
    if (host === undefined) return;
    const reference = { repository: { host, path: "app" }, tag: "v1" };
    const codeOf = async (puller: NodePuller, tag: string): Promise<string> => {
      const thrown: unknown = await puller.pull({ ...reference, tag }, { signal }).catch((error: unknown) => error);
      return thrown instanceof ImgsyncError ? thrown.code : String(thrown);
    };
    const right = pullerWith(withPassword("right"));
    await right.check({ signal });
    assert.equal(await right.findDigests(reference, { signal }), undefined);
    assert.equal(await codeOf(pullerWith(undefined), "v1"), "UNAUTHENTICATED");
    assert.equal(await codeOf(pullerWith(withPassword("wrong")), "v1"), "UNAUTHENTICATED");
    assert.equal(await codeOf(right, "v2"), "TARGET_NOT_FOUND");
    assert.equal(await codeOf(right, "v1"), "undefined");
    assert.deepEqual(await right.findDigests(reference, { signal }), [smallImage(1).digest]);
  });
});

describe("crictl that is not installed", () => {
  it("is reported as not installed", async () => {
    const puller = createCrictlPuller({
      exec: createExec({ environment: { PATH: "/nonexistent" } }),
      credentials: { find: async () => undefined },
      retry: (attempt) => attempt(),
    });
    await assert.rejects(puller.check({ signal }), /crictl is not installed/);
  });
});
