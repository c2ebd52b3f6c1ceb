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

describe("the digests of an image on a machine", () => {
  it("are those of the repository that is asked for, not of another that has the same image", () => {
    const names = ["r.test/app:v1", `r.test/app@${ONE}`, `other.test/app@${TWO}`];
    assert.deepEqual(digestsAmong(names, reference("r.test/app:v1")), [ONE]);
  });

  it("are none where the image has not the tag, though its repository knows it", () => {
    assert.equal(digestsAmong([`r.test/app@${ONE}`], reference("r.test/app:v1")), undefined);
    assert.deepEqual(digestsAmong([`r.test/app@${ONE}`], reference(`r.test/app@${ONE}`)), [ONE]);
  });

  it("are found under docker's short names, and past names that are none", () => {
    const names = ["<none>:<none>", "nginx:1.27", `nginx@${ONE}`];
    assert.deepEqual(digestsAmong(names, reference("docker.io/library/nginx:1.27")), [ONE]);
  });
});
