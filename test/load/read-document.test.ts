import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readDocument } from "../../src/load/read-document.ts";
import { makeFolder } from "../support/cli.ts";
import { createScope } from "../support/scope.ts";

const { onEnd } = createScope();

const KIND = { code: "PLAN_INVALID", what: "the plan", hint: "make one" } as const;

describe("a plan or report", () => {
  it("is read from a file", async () => {
    const folder = await makeFolder({ "plan.json": "{}", "empty.json": "" });
    onEnd(folder.remove);
    assert.equal(await readDocument(`${folder.path}/plan.json`, KIND), "{}");
    assert.equal(await readDocument(`${folder.path}/empty.json`, KIND), "");
  });

  it("is read up to the limit, also from a device without an end", { skip: process.platform === "win32" }, async () => {
    await assert.rejects(readDocument("/dev/zero", KIND), {
      code: "PLAN_INVALID",
      message: '"/dev/zero" is larger than 256 MiB',
    });
  });
});
