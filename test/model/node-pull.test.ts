import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { digestsAmong } from "../../src/model/node-pull.ts";
import { isProblem, parseReference, type Reference } from "../../src/model/reference.ts";

const [ONE, TWO] = [`sha256:${"1".repeat(64)}`, `sha256:${"2".repeat(64)}`];

function reference(text: string): Reference {
  const parsed = parseReference(text);
  if (isProblem(parsed)) throw new Error(parsed.problem);
  return parsed;
}

describe("the digests of an image on a node", () => {
  it("are those of the requested repository, not of another one with the same image", () => {
    const names = ["r.test/app:v1", `r.test/app@${ONE}`, `other.test/app@${TWO}`];
    assert.deepEqual(digestsAmong(names, reference("r.test/app:v1")), [ONE]);
  });

  it("are undefined when the image does not have the tag, even if the repository has a digest", () => {
    assert.equal(digestsAmong([`r.test/app@${ONE}`], reference("r.test/app:v1")), undefined);
    assert.deepEqual(digestsAmong([`r.test/app@${ONE}`], reference(`r.test/app@${ONE}`)), [ONE]);
  });

  it("are found under docker's short names, and <none> is skipped", () => {
    const names = ["<none>:<none>", "nginx:1.27", `nginx@${ONE}`];
    assert.deepEqual(digestsAmong(names, reference("docker.io/library/nginx:1.27")), [ONE]);
  });
});
