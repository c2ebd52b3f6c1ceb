import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runCli } from "../support/cli.ts";

const run = (...args: readonly string[]) => runCli(["explain-error", ...args], { cwd: import.meta.dirname ?? "." });

describe("imgsync explain-error", () => {
  it("explains a code on stdout, however it is written", async () => {
    for (const text of ["TAG_STALE", "tag-stale", "[TAG_STALE]"]) {
      const { code, stdout, stderr } = await run(text);
      assert.match(stdout, /^TAG_STALE\nAnother client .+\n\nUsual causes\n/s);
      assert.deepEqual([code, stderr], [0, ""]);
    }
  });

  it("lists all codes without an argument", async () => {
    const { code, stdout } = await run();
    assert.equal(code, 0);
    for (const word of ["USAGE", "TAG_IMMUTABLE", "INTERNAL"]) assert.match(stdout, new RegExp(`^${word} `, "m"));
  });

  it("suggests the closest code, and shows the code of its own error", async () => {
    const { code, stdout, stderr } = await run("DENEID");
    assert.equal(stderr, 'error: unknown error code "DENEID" [USAGE]\n  hint: did you mean "DENIED"?\n');
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match((await run("x".repeat(30))).stderr, /hint: imgsync explain-error lists all of them\n$/);
  });

  it("shows the code of a command-line error", async () => {
    const { stderr } = await run("--cod");
    assert.match(stderr, /^error: unknown option '--cod' \[USAGE\]$/m);
  });
});
