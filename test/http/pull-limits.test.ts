import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createPullLimits } from "../../src/http/pull-limits.ts";
import { smallImage } from "../support/images.ts";
import { calm, createScope } from "../support/scope.ts";

const { registry: start, client } = createScope();

function noted(headers: Readonly<Record<string, string>>): unknown {
  const limits = createPullLimits();
  limits.note("docker.io", (name) => headers[name]);
  return limits.all().get("docker.io");
}

describe("the pull limit", () => {
  it("is read from regular answers, also to HEAD", async () => {
    let remaining = 76;
    const registry = await start({
      onRequest: () => ({
        kind: "rewrite",
        headers: { "ratelimit-limit": "100;w=21600", "ratelimit-remaining": `${remaining};w=21600` },
      }),
    });
    registry.putImage("app", "v1", smallImage(1));
    const { reader, pullLimits } = client();
    assert.equal(pullLimits.all().get(registry.host), undefined);
    const look = { repository: { host: registry.host, path: "app" }, tag: "v1" };
    await reader.resolve(look, calm);
    assert.deepEqual(pullLimits.all().get(registry.host), { limit: 100, remaining: 76, windowSeconds: 21600 });
    remaining = 75;
    await reader.resolve(look, calm);
    assert.equal(pullLimits.all().get(registry.host)?.remaining, 75);
    assert.deepEqual(
      registry.log.map(({ method }) => method),
      ["HEAD", "HEAD"],
    );
  });

  it("may have no window", () => {
    assert.deepEqual(noted({ "ratelimit-limit": "200", "ratelimit-remaining": "0" }), { limit: 200, remaining: 0 });
  });

  for (const [limit, remaining] of [
    ["100;w=21600", undefined],
    [undefined, "76;w=21600"],
    ["100;w=21600", "-1"],
    ["100;w=21600", "101;w=21600"],
    ["100;w=21600", "76;w=21600;x=1"],
    ["100, 200", "76"],
    ["1e3", "76"],
    ["99999999999999999999", "76"],
    ["100", "76\u001B[2J"],
  ]) {
    it(`is unknown for ${JSON.stringify([limit, remaining])}`, () => {
      assert.equal(
        noted({ ...(limit && { "ratelimit-limit": limit }), ...(remaining && { "ratelimit-remaining": remaining }) }),
        undefined,
      );
    });
  }
});
