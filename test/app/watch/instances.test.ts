import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { createInstances } from "../../../src/app/watch/instances.ts";
import { makeFolder } from "../../support/cli.ts";
import { createScope } from "../../support/scope.ts";

const { onEnd } = createScope();

async function machine() {
  const folder = await makeFolder();
  onEnd(folder.remove);
  const alive = new Set<number>();
  const start = (processId: number) => {
    alive.add(processId);
    const userId = process.getuid?.();
    return createInstances({ parent: folder.path, userId, processId, isAlive: (other) => alive.has(other) });
  };
  return { start, kill: (processId: number) => alive.delete(processId), path: folder.path };
}

describe("createInstances", () => {
  it("finds another process that watches the same repository, and ignores those that watch others", async () => {
    const { start } = await machine();
    await start(11).note(["r.example/a", "r.example/b"]);
    await start(12).note(["r.example/c"]);
    assert.deepEqual(await start(13).note(["r.example/b", "r.example/d"]), [11]);
  });

  it("forgets a process that left and one that was killed", async () => {
    const { start, kill, path } = await machine();
    const first = start(11);
    await first.note(["r.example/a"]);
    await first.leave();
    await start(12).note(["r.example/a"]);
    kill(12);
    assert.deepEqual(await start(13).note(["r.example/a"]), []);
    assert.deepEqual(await readdir(join(path, (await readdir(path))[0] ?? "")), ["13"]);
  });
});
