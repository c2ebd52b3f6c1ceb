import assert from "node:assert/strict";
import { join } from "node:path";
import { it } from "node:test";
import type { Context } from "../../../src/cli/terminal/context.ts";
import { readLockedSetup } from "../../../src/cli/input/setup.ts";
import { runOnce } from "../../../src/app/watch/run-once.ts";
import { createRate } from "../../../src/http/rate.ts";
import { createDeleteBudget } from "../../../src/app/watch/delete-budget.ts";
import { captureStream } from "../../reporters/samples.ts";
import { makeFolder } from "../../support/cli.ts";
import { instantClock } from "../../support/client.ts";
import { smallImage } from "../../support/images.ts";
import { calm, createScope } from "../../support/scope.ts";

const { registry: start, onEnd } = createScope();
const DAY = 24 * 3_600_000;

async function open(environment: Record<string, string>) {
  const [source, target] = [await start(), await start()];
  const folder = await makeFolder({
    "images.yaml": `version: 1
maxDeletes: 1
registries: { "${source.host}": { plainHttp: true }, "${target.host}": { plainHttp: true } }
images:
  - source: "${source.host}/app"
    target: "${target.host}/app"
    prune: true
    tags: [{ semver: "*", latest: 1 }]
`,
  });
  onEnd(folder.remove);
  const context: Context = {
    environment: { DOCKER_CONFIG: folder.path, ...environment },
    stdout: captureStream(),
    stderr: captureStream(),
    interruption: { ...calm, exitCode: () => 143, interrupt: () => undefined, onSecond: () => () => undefined },
  };
  const setup = await readLockedSetup(context, { file: join(folder.path, "images.yaml"), untrusted: false });
  assert.ok(setup !== undefined);
  const clock = instantClock();
  const budget = createDeleteBudget(clock);
  const reporter = { report: () => undefined, finish: async () => undefined };
  let version = 0;
  /** Releases a version and runs once; returns the tags left at the target, or why none was deleted. */
  const release = async (): Promise<readonly string[] | string> => {
    version += 1;
    source.putImage("app", `1.${version}.0`, smallImage(version));
    const { manifest } = setup;
    const options = { setup, manifest, reporter, skipBlocked: false, rate: createRate(), clock, budget };
    const { failures = [] } = await runOnce({ ...options, ...calm, onAnswer: () => undefined });
    return failures[0]?.error.message ?? [...target.store.tags("app").keys()];
  };
  return { release, clock };
}

it("watch stops deleting at maxDeletesPerDay, and the limit is free again after 24 hours", async () => {
  const { release, clock } = await open({ IMGSYNC_MAX_DELETES_PER_DAY: "2" });
  assert.deepEqual(await release(), ["1.1.0"]);
  assert.deepEqual(await release(), ["1.2.0"]);
  assert.deepEqual(await release(), ["1.3.0"]);
  const refused = "1 tag would be deleted, and 2 have been in the last 24 hours, of at most 2: nothing is deleted";
  assert.equal(await release(), refused);
  await clock.sleep(DAY, calm.signal);
  // the delete refused yesterday and the new one are two, and maxDeletes limits each run
  assert.match(String(await release()), /^2 tags would be deleted .* at most 1 may be/);
});

it("watch deletes at most 5 times maxDeletes tags a day by default", async () => {
  const { release } = await open({});
  for (let run = 1; run <= 6; run += 1) assert.deepEqual(await release(), [`1.${run}.0`]);
  assert.match(String(await release()), /5 have been in the last 24 hours, of at most 5: nothing is deleted$/);
});
