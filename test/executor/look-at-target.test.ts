import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { untilAborted } from "../../src/async/until-aborted.ts";
import { createTargetLook } from "../../src/executor/look-at-target.ts";
import { ImgsyncError } from "../../src/model/error.ts";
import type { Reader } from "../../src/model/ports.ts";
import { reference } from "../support/changes.ts";
import { createHold, untilIdle } from "../support/hold.ts";
import { calm } from "../support/scope.ts";

const denied = new ImgsyncError({ code: "DENIED", message: "denied" });
/** A registry that does not reveal whether a tag exists. */
const resolve: Reader["resolve"] = async () => Promise.reject(denied);
const V1 = reference("registry.test/app:v1");
const V2 = reference("registry.test/app:v2");

describe("the tag list that decides whether a target tag exists", () => {
  it("reaches a tag that waits for it when the tag that asked for it gives up", async () => {
    const hold = createHold();
    let lists = 0;
    const look = createTargetLook({
      resolve,
      listTags: async (_, { signal }) => {
        lists += 1;
        await untilAborted(hold.pass(), signal);
        return { tags: ["other"], skipped: 0 };
      },
    });
    const giving = new AbortController();
    const first = look(V1, { signal: giving.signal });
    await hold.arrived;
    const second = look(V2, calm);
    await untilIdle();
    giving.abort(new Error("gave up"));
    await assert.rejects(first, { message: "gave up" });
    hold.release();
    assert.equal(await second, undefined, "the tag is not in the list");
    assert.equal(lists, 1);
  });

  it("is requested again after a failure that may be temporary, and not after a refusal", async () => {
    const failures = [new ImgsyncError({ code: "REGISTRY_ERROR", message: "overloaded" }), denied];
    let lists = 0;
    const look = createTargetLook({
      resolve,
      listTags: async () => {
        lists += 1;
        return Promise.reject(failures.shift() ?? new Error("listed too often"));
      },
    });
    for (const tag of [V1, V2, V2]) await assert.rejects(look(tag, calm), { code: "DENIED" });
    assert.equal(lists, 2);
  });
});
