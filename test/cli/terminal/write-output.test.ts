import assert from "node:assert/strict";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { writeOutput } from "../../../src/cli/terminal/write-output.ts";
import { secret } from "../../../src/model/secret.ts";
import { makeFolder } from "../../support/cli.ts";
import { createScope } from "../../support/scope.ts";

const { onEnd } = createScope();

async function place(): Promise<string> {
  const folder = await makeFolder();
  onEnd(folder.remove);
  return join(folder.path, "plan.json");
}

/** More than one chunk. */
const PIECES = Array.from({ length: 200 }, (_, at) => `${at} ${"x".repeat(4000)}\n`);

test("a text in pieces is written as a whole, over a longer one, with secrets masked", async () => {
  const file = await place();
  secret("hunter2-hunter2");
  await writeOutput(file, [...PIECES, ...PIECES], { what: "the plan" });
  await writeOutput(file, [...PIECES, "hunter2-hunter2\n"], { what: "the plan" });
  assert.equal(await readFile(file, "utf8"), `${PIECES.join("")}***\n`);
});

test("a text that no reader accepts is an error and leaves an empty file, whatever was written of it before", async () => {
  const file = await place();
  const bytes = PIECES.join("").length;
  const limit = { bytes, hint: "plan parts of it" };
  await writeOutput(file, PIECES, { what: "the plan", limit });
  assert.equal((await stat(file)).size, bytes);
  await assert.rejects(writeOutput(file, [...PIECES, "é"], { what: "the plan", limit }), {
    code: "OUTPUT_FAILED",
    message: `the plan is larger than 782.1 KiB, and was not written to "${file}"`,
  });
  assert.equal((await stat(file)).size, 0);
});
