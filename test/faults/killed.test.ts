import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { finished, makeFolder, startCli } from "../support/cli.ts";
import { type Lab, openLab, startUpstream, type Upstream, writeManifest } from "../support/fault-lab.ts";
import { assertTagsComplete } from "../support/invariants.ts";
import { isWrite } from "../support/embedded-registry/transcript.ts";

/** More than a copy of one small image needs, so a run that gets there was not killed. */
const MOST_REQUESTS = 40;
const AT_A_TIME = 4;

describe("a run that is killed", () => {
  const ends: (() => Promise<void>)[] = [];
  let upstream: Upstream | undefined;
  before(async () => {
    upstream = await startUpstream();
  });
  after(async () => {
    await upstream?.stop();
  });
  afterEach(async () => {
    for (const end of ends.splice(0).toReversed()) await end();
  });

  /** Returns the number of writes before the kill, or undefined if the run ended by itself. */
  const killAndRunAgain = async (last: number): Promise<number | undefined> => {
    assert.ok(upstream !== undefined);
    const lab = await openLab(upstream);
    ends.push(lab.stop);
    const folder = await makeFolder({ "images.yaml": writeManifest(lab) });
    ends.push(folder.remove);
    const isKilled = await applyAndKill(lab, folder.path, last);
    await assertTagsComplete(lab);
    if (!isKilled) return undefined;
    const writes = lab.target.log.filter(isWrite).length;
    lab.source.setFaults(undefined);
    lab.target.setFaults(undefined);
    const again = await finished(startCli(["apply", "--yes"], { cwd: folder.path }));
    assert.equal(again.code, 0, `after request ${last}: ${again.stdout}${again.stderr}`);
    await assertTagsComplete(lab, { isPresent: true });
    return writes;
  };

  it("leaves every tag complete or absent after any request, and the next run finishes the work", async () => {
    const killedAfterWrites: number[] = [];
    for (let first = 1, isOver = false; !isOver; first += AT_A_TIME) {
      assert.ok(first <= MOST_REQUESTS, "the run ends by itself at some point");
      const numbers = Array.from({ length: AT_A_TIME }, (_, at) => first + at);
      const writes = await Promise.all(numbers.map((last) => killAndRunAgain(last)));
      killedAfterWrites.push(...writes.filter((count) => count !== undefined));
      isOver = writes.includes(undefined);
    }
    assert.ok(killedAfterWrites.length >= 10, `killed ${killedAfterWrites.length} times`);
    assert.ok(new Set(killedAfterWrites).size > 3, "before, between and after the writes");
  });
});

/** Kills the run when the registry has handled the request with that number, before the answer is sent. */
async function applyAndKill(lab: Lab, cwd: string, last: number): Promise<boolean> {
  const child = startCli(["apply", "--yes"], { cwd });
  const done = finished(child);
  let requests = 0;
  const count = (): { kind: "delay"; until: Promise<void> } | undefined => {
    requests += 1;
    if (requests < last) return undefined;
    // the answer is held back until the process is gone, so that no further request follows
    setImmediate(() => process.kill(child.pid ?? 0, "SIGKILL"));
    return { kind: "delay", until: done.then(() => undefined) };
  };
  lab.source.setFaults(count);
  lab.target.setFaults(count);
  const { signal, code, stdout, stderr } = await done;
  if (signal === "SIGKILL") return true;
  assert.equal(code, 0, stdout + stderr);
  return false;
}
