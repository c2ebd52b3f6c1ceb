import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createFacts } from "../../../src/planner/facts/facts.ts";
import { towards } from "../../../src/planner/facts/towards.ts";
import { EMPTY_SNAPSHOT } from "../../../src/model/snapshot.ts";
import { reference } from "../../support/changes.ts";

const target = { repository: { host: "b.test", path: "copy" }, tag: "v1" };

/** The destination in the question about a source tag. */
function destinationOf(source: string, sizes: boolean): unknown {
  const facts = createFacts(EMPTY_SNAPSHOT);
  towards(target, facts, { sizes }).resolve(reference(source), "source");
  const [question] = facts.questions();
  return question?.kind === "resolve" ? question.destination : assert.fail();
}

describe("a question about a source tag", () => {
  it("says where the image goes, so that its manifest may be read at once", () => {
    assert.deepEqual(destinationOf("a.test/app:v1", false), target.repository);
  });

  it("does not say so for a host at which a GET counts as a pull, unless sizes are wanted", () => {
    assert.equal(destinationOf("docker.io/library/app:v1", false), undefined);
    assert.deepEqual(destinationOf("docker.io/library/app:v1", true), target.repository);
  });
});
