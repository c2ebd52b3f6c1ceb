import assert from "node:assert/strict";
import { join } from "node:path";
import { it } from "node:test";
import type { Context } from "../../../src/cli/terminal/context.ts";
import { readLockedSetup } from "../../../src/cli/input/setup.ts";
import { runOnce } from "../../../src/app/watch/run-once.ts";
import { createRate } from "../../../src/http/rate.ts";
import { captureStream } from "../../reporters/samples.ts";
import { makeFolder } from "../../support/cli.ts";
import { instantClock } from "../../support/client.ts";
import { image } from "../../support/images.ts";
import { calm, createScope } from "../../support/scope.ts";

const { registry: start, onEnd } = createScope();
const HOUR = 3_600_000;

it("a run copies an image that was too young for earlier runs", async () => {
  const [source, target] = [await start(), await start()];
  const folder = await makeFolder({
    "images.yaml": `version: 1
registries: { "${source.host}": { plainHttp: true }, "${target.host}": { plainHttp: true } }
images: [{ source: "${source.host}/app:v1", target: "${target.host}/app", minAge: 72h }]
`,
  });
  onEnd(folder.remove);
  const context: Context = {
    environment: { DOCKER_CONFIG: folder.path },
    stdout: captureStream(),
    stderr: captureStream(),
    interruption: { ...calm, exitCode: () => 143, interrupt: () => undefined, onSecond: () => () => undefined },
  };
  const setup = await readLockedSetup(context, { file: join(folder.path, "images.yaml"), untrusted: false });
  assert.ok(setup !== undefined);
  const clock = instantClock();
  const reporter = { report: () => undefined, finish: async () => undefined };
  source.putImage("app", "v1", image({ layers: [], created: clock.now().toISOString() }));
  const run = async (): Promise<string | undefined> => {
    const options = { setup, manifest: setup.manifest, reporter, skipBlocked: false, rate: createRate(), clock };
    const report = await runOnce({ ...options, ...calm, onAnswer: () => undefined });
    return report.results[0]?.change.action;
  };
  assert.equal(await run(), "held");
  await clock.sleep(71 * HOUR, calm.signal);
  assert.equal(await run(), "held");
  assert.equal(target.store.tags("app").has("v1"), false);
  await clock.sleep(HOUR, calm.signal);
  assert.equal(await run(), "create");
  assert.equal(target.store.tags("app").has("v1"), true);
});
