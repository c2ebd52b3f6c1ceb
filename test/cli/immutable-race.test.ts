import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { makeFolder, runCli, type CliResult } from "../support/cli.ts";
import type { EmbeddedRegistry } from "../support/embedded-registry/registry.ts";
import { smallImage } from "../support/images.ts";
import { createPutBarrier } from "../support/put-barrier.ts";
import { createScope } from "../support/scope.ts";

const { registry: start, onEnd } = createScope();

const TAGS = Array.from({ length: 40 }, (_, at) => `v${at}`);

/** Runs `imgsync apply` for the same tags of one target, under an immutable rule. */
async function applyFrom({ host }: EmbeddedRegistry, target: string): Promise<CliResult> {
  const folder = await makeFolder({
    "images.yaml": `version: 1
registries: { "${host}": { plainHttp: true }, "${target}": { plainHttp: true } }
immutable:
  - repositories: "**"
    tags: ["v*"]
images:
  - { source: "${host}/app", target: "${target}/app", tags: [${TAGS.join(", ")}] }
`,
  });
  onEnd(folder.remove);
  return runCli(["apply", "--yes", "--concurrency", "40"], { cwd: folder.path });
}

const reported = ({ stdout, stderr }: CliResult, outcome: string): ReadonlySet<string> =>
  new Set([...(stdout + stderr).matchAll(new RegExp(`^${outcome} .*/app:(v\\d+) `, "gm"))].map(([, tag = ""]) => tag));

describe("two concurrent runs of imgsync apply with different sources for the same 40 immutable tags", () => {
  it("never both report a tag as applied, and a run that lost a tag reports it and exits 3", async () => {
    const images = [smallImage(1), smallImage(2)] as const;
    const [one, other] = [await start(), await start()];
    const barrier = createPutBarrier();
    const target = await start(barrier);
    for (const tag of TAGS) {
      one.putImage("app", tag, images[0]);
      other.putImage("app", tag, images[1]);
    }
    const results = await Promise.all([applyFrom(one, target.host), applyFrom(other, target.host)]);
    for (const tag of TAGS) {
      assert.equal(barrier.count("app", tag), 2, "both wrote it");
      const winner = target.store.tags("app").get(tag) === images[0].digest ? 0 : 1;
      for (const [at, result] of results.entries()) {
        const [isApplied, isBlocked] = [reported(result, "applied").has(tag), reported(result, "blocked").has(tag)];
        assert.notEqual(isApplied, isBlocked, result.stdout + result.stderr);
        if (at !== winner) assert.ok(isBlocked, result.stdout + result.stderr);
      }
    }
    assert.ok(results.some((result) => reported(result, "applied").size > 0));
    for (const result of results) {
      const lost = reported(result, "blocked").size;
      assert.equal(result.code, lost > 0 ? 3 : 0, result.stderr);
      assert.equal(`${result.stdout}${result.stderr}`.includes("another client wrote"), lost > 0);
    }
  });
});
