import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { pullImages, type PullImagesOptions } from "../../src/executor/pull.ts";
import { type Digest, digestOf } from "../../src/model/digest.ts";
import { ImgsyncError } from "../../src/model/error.ts";
import type { NodePuller, PullTarget } from "../../src/model/node-pull.ts";
import { formatReference } from "../../src/model/reference.ts";

const repository = { host: "r.test", path: "app" };
const mapping = (tag: string, digest?: Digest): PullTarget => ({
  target: { repository, tag },
  positions: [],
  ...(digest === undefined ? { error: { code: "DENIED", message: "no" } } : { digest }),
});

/** A node that pulls the images in `remote` by name; other names fail. */
function machine(remote: Readonly<Record<string, Digest>>, local: Readonly<Record<string, Digest>> = {}) {
  const has = new Map(Object.entries(local));
  const pulled: string[] = [];
  const puller: NodePuller = {
    check: async () => {},
    findDigests: async (reference) => {
      const digest = has.get(formatReference(reference));
      return digest && [digest];
    },
    pull: async (reference) => {
      const name = formatReference(reference);
      pulled.push(name);
      const digest = new Map(Object.entries(remote)).get(name);
      if (digest === undefined) throw new ImgsyncError({ code: "RATE_LIMITED", message: "slow down" });
      has.set(name, digest);
    },
  };
  return { puller, pulled };
}

function run(targets: readonly PullTarget[], puller: NodePuller, options: Partial<PullImagesOptions> = {}) {
  return pullImages({
    list: { targets, failures: [] },
    puller,
    reader: { resolve: async () => undefined },
    clock: { monotonic: () => 0 },
    concurrency: 2,
    byDigest: false,
    signal: new AbortController().signal,
    onFinished: () => {},
    ...options,
  });
}

const [ONE, TWO] = [digestOf("one"), digestOf("two")];

describe("pulling images", () => {
  it("skips images that are present, continues after a failure, and reports in the order of the manifest", async () => {
    const { puller, pulled } = machine({ "r.test/app:b": TWO }, { "r.test/app:a": ONE });
    const report = await run([mapping("a", ONE), mapping("x", ONE), mapping("unread"), mapping("b", TWO)], puller);
    assert.deepEqual(
      report.results.map(({ target, outcome, error }) => [target.tag, outcome, error?.code]),
      [
        ["a", "present", undefined],
        ["x", "failed", "RATE_LIMITED"],
        ["unread", "failed", "DENIED"],
        ["b", "pulled", undefined],
      ],
    );
    assert.deepEqual(pulled, ["r.test/app:x", "r.test/app:b"]);
    assert.deepEqual(report.outcomes, { pulled: 1, present: 1, moved: 0, failed: 2, skipped: 0 });
  });

  it("reports a tag as moved only if the registry confirms it", async () => {
    const there = { mediaType: "x", digest: TWO, size: 1 };
    for (const [now, outcome] of [
      [there, "moved"],
      [{ ...there, digest: ONE }, "failed"],
      [undefined, "failed"],
    ] as const) {
      const { puller } = machine({ "r.test/app:a": TWO });
      const report = await run([mapping("a", ONE)], puller, { reader: { resolve: async () => now } });
      assert.equal(report.results[0]?.outcome, outcome);
    }
  });

  it("fails if there is no image after a successful pull", async () => {
    const { puller } = machine({});
    const report = await run([mapping("a", ONE)], { ...puller, pull: async () => {} });
    assert.equal(report.results[0]?.error?.code, "CONTENT_MISMATCH");
  });

  it("starts nothing after an interruption", async () => {
    const { puller, pulled } = machine({ "r.test/app:a": ONE });
    const report = await run([mapping("a", ONE)], puller, { signal: AbortSignal.abort() });
    assert.deepEqual([report.interrupted, report.outcomes.skipped, pulled], [true, 1, []]);
  });
});
