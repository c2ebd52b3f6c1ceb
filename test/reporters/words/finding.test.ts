import assert from "node:assert/strict";
import { test } from "node:test";
import { digestOf } from "../../../src/model/digest.ts";
import { flowFinding, shortenDigests } from "../../../src/reporters/words/finding.ts";

const DIGEST = digestOf("now");
const FINDING = {
  head: "failed  ",
  parts: [`the tag points at ${DIGEST}`],
  hint: `pin docker.io/library/nginx@${DIGEST}\u001B[2J`,
};

test("digests are whole off a terminal, where programs read them", () => {
  assert.deepEqual(flowFinding(FINDING, {}, 4), [
    `failed  the tag points at ${DIGEST}`,
    String.raw`    hint: pin docker.io/library/nginx@${DIGEST}\u{1b}[2J`,
  ]);
});

test("digests are short on a terminal, in the finding and in its hint", () => {
  assert.deepEqual(flowFinding(FINDING, { columns: 60 }, 4), [
    `failed  the tag points at ${DIGEST.slice(0, 19)}…`,
    "    hint: pin",
    String.raw`      docker.io/library/nginx@${DIGEST.slice(0, 19)}…\u{1b}[2J`,
  ]);
});

test("only whole digests are shortened", () => {
  const sha512 = digestOf("now", "sha512");
  assert.equal(shortenDigests(`${sha512}, ${DIGEST}.`), `${sha512.slice(0, 19)}…, ${DIGEST.slice(0, 19)}….`);
  const others = ["sha256:abc", `${DIGEST}0`, `sha256-${DIGEST.slice(7)}.sig`];
  for (const text of others) assert.equal(shortenDigests(text), text);
});
