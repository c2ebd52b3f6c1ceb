import assert from "node:assert/strict";
import { chmod } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { describe, it } from "node:test";
import type { Context } from "../../../src/cli/terminal/context.ts";
import { readLockedSetup } from "../../../src/cli/input/setup.ts";
import type { RunListener } from "../../../src/app/watch/run-progress.ts";
import { runOnce } from "../../../src/app/watch/run-once.ts";
import { captureStream } from "../../reporters/samples.ts";
import { makeFolder } from "../../support/cli.ts";
import { instantClock } from "../../support/client.ts";
import { createRate } from "../../../src/http/rate.ts";
import { smallImage } from "../../support/images.ts";
import { calm, createScope } from "../../support/scope.ts";

const { registry: start, onEnd } = createScope();

const dockerConfig = (host: string, password: string): string =>
  JSON.stringify({ auths: { [host]: { auth: Buffer.from(`robot:${password}`).toString("base64") } } });

/** A registry with a robot account whose password changes, and runs that copy to it from an open registry. */
async function startRobot({
  kind,
  config,
}: {
  kind: "basic" | "token";
  config: (host: string, password: string) => string;
}) {
  const source = await start();
  const users: Record<string, string> = {};
  const target = await start({ auth: { kind, users } });
  const folder = await makeFolder({
    "images.yaml": `version: 1
registries: { "${source.host}": { plainHttp: true }, "${target.host}": { plainHttp: true } }
images: [{ source: "${source.host}/app:v1", target: "${target.host}/app" }]
`,
    "docker-credential-robot": `#!/bin/sh\ncat "$(dirname "$0")/secret.json"\n`,
  });
  onEnd(folder.remove);
  await chmod(join(folder.path, "docker-credential-robot"), 0o755);
  const context: Context = {
    environment: { PATH: [folder.path, process.env["PATH"]].join(delimiter), DOCKER_CONFIG: folder.path },
    stdout: captureStream(),
    stderr: captureStream(),
    interruption: { ...calm, exitCode: () => 143, interrupt: () => undefined, onSecond: () => () => undefined },
  };
  const setup = await readLockedSetup(context, { file: join(folder.path, "images.yaml"), untrusted: false });
  assert.ok(setup !== undefined);
  const { manifest } = setup;
  return {
    changePassword: (password: string) => (users["robot"] = password),
    tellPassword: async (password: string) => {
      await folder.write("config.json", config(target.host, password));
      await folder.write(
        "secret.json",
        JSON.stringify({ ServerURL: target.host, Username: "robot", Secret: password }),
      );
    },
    /** Moves the source's tag and runs once; returns the outcome, or the code of the error. */
    run: async (seed: number): Promise<string | undefined> => {
      source.putImage("app", "v1", smallImage(seed));
      const reporter = { report: () => undefined, finish: async () => undefined };
      const options = {
        setup,
        manifest,
        reporter,
        skipBlocked: false,
        rate: createRate(),
        onAnswer: () => undefined,
        clock: instantClock(),
      };
      const heard: string[] = [];
      const listener: RunListener = {
        onReading: ({ isDone }) => void heard.push(isDone ? "read" : "reading"),
        onEvent: ({ type }) => void heard.push(type),
      };
      const { results } = await runOnce({ ...options, ...calm, listener });
      const [first] = results;
      assert.equal(heard.at(-1), "run.finished");
      assert.ok(heard.indexOf("read") < heard.indexOf("run.started"), heard.join(" "));
      if (first?.result.outcome === "applied")
        assert.equal(target.store.tags("app").get("v1"), smallImage(seed).digest);
      return first?.result.error?.code ?? first?.result.outcome;
    },
  };
}

const WAYS = [
  { name: "a rewritten file", kind: "basic", config: dockerConfig },
  { name: "a rewritten file, with a token service", kind: "token", config: dockerConfig },
  {
    name: "a helper with a new answer",
    kind: "token",
    config: (host: string) => JSON.stringify({ credHelpers: { [host]: "robot" } }),
  },
] as const;

describe("runOnce", () => {
  for (const { name, kind, config } of WAYS) {
    it(`reads credentials again for each run: ${name}`, async () => {
      const { changePassword, tellPassword, run } = await startRobot({ kind, config });
      changePassword("first");
      await tellPassword("first");
      assert.equal(await run(1), "applied");
      changePassword("second");
      assert.equal(await run(2), "UNAUTHENTICATED");
      await tellPassword("second");
      assert.equal(await run(3), "applied");
    });
  }
});
