import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { digestOf } from "../../../src/model/digest.ts";
import type { Change } from "../../../src/model/plan.ts";
import { formatRepository } from "../../../src/model/reference.ts";
import { EMPTY_SNAPSHOT } from "../../../src/model/snapshot.ts";
import { createFacts } from "../../../src/planner/facts/facts.ts";
import { divide } from "../../../src/planner/shards/shards.ts";
import { change } from "../../support/changes.ts";

const SIGNATURES = { host: "target.test", path: "signatures" };

/** A copy of an image with a referrer that is written to another repository. */
function signed(path: string, image: string, target = SIGNATURES): Change {
  const subject = digestOf(image);
  const attachments = [{ subject, digest: digestOf(`referrer at ${path}`) }];
  return change(`source.test/${path}:1`, `target.test/${path}:1`, subject, {
    attachments,
    referrersAt: { target },
  });
}

function shardsOf(changes: readonly Change[], count: number): readonly (readonly string[])[] {
  const shards = divide({ manifestHash: digestOf("manifest"), changes }, count, createFacts(EMPTY_SNAPSHOT));
  return shards.map(({ repositories }) =>
    repositories.map((one) => formatRepository(one).slice("target.test/".length)),
  );
}

describe("the shards of repositories whose referrers are in one repository", () => {
  it("keep repositories with the same image together, because they write the same list of referrers", () => {
    const changes = [signed("a", "one"), signed("b", "two"), signed("c", "one"), signed("d", "three")];
    const shards = shardsOf(changes, 4);
    assert.deepEqual(
      shards.find((names) => names.includes("a")),
      ["a", "c"],
    );
    assert.deepEqual(
      shards.map(({ length }) => length),
      [2, 1, 1, 0],
    );
  });

  it("keep repositories together that are connected by others, in any order of the changes", () => {
    const changes = ["a one", "b two", "c three", "d four", "a two", "c two", "e five"].map((text) => {
      const [path = "", image = ""] = text.split(" ");
      return signed(path, image);
    });
    const shards = shardsOf(changes, 5);
    assert.ok(
      shards.some((names) => names.join() === "a,b,c"),
      JSON.stringify(shards),
    );
    assert.deepEqual(shardsOf(changes.toReversed(), 5), shards);
  });

  it("keep a repository together with one that holds its own images too", () => {
    const own = change("source.test/s:1", "target.test/signatures:1", digestOf("one"), {
      attachments: [{ subject: digestOf("one"), digest: digestOf("other") }],
    });
    assert.deepEqual(shardsOf([signed("a", "one"), own, signed("b", "two")], 2).at(0), ["a", "signatures"]);
  });

  it("are divided freely if the referrers are in different repositories", () => {
    const changes = ["a", "b"].map((path) => signed(path, "one", { ...SIGNATURES, path: `${path}-signatures` }));
    assert.deepEqual(shardsOf(changes, 2), [["a"], ["b"]]);
  });
});
