import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import type { FaultAction } from "../support/embedded-registry/faults.ts";
import { NEVER } from "../support/embedded-registry/faults.ts";
import { type Matcher, PHASES } from "../support/cells.ts";
import { finished, makeFolder, startCli } from "../support/cli.ts";
import { openLab, startUpstream, writeManifest } from "../support/fault-lab.ts";
import { assertTagsComplete } from "../support/invariants.ts";

type Phase = {
  readonly phase: string;
  readonly at: "source" | "target";
  readonly matches: Matcher;
  /** The fault of the request during which the process is terminated; by default its answer never arrives. */
  readonly action?: FaultAction;
};

const HELD: FaultAction = { kind: "delay", until: NEVER };

const PHASE_LIST: readonly Phase[] = [
  { phase: "while planning", at: "source", matches: PHASES.sourceHead },
  { phase: "while manifests are read", at: "source", matches: PHASES.sourceManifest },
  {
    phase: "while a blob streams",
    at: "source",
    matches: PHASES.blobRead,
    action: { kind: "stall", bytes: 5000, until: NEVER },
  },
  { phase: "while an upload is opened", at: "target", matches: PHASES.uploadStart },
  { phase: "while a blob is stored", at: "target", matches: PHASES.blobPut },
  { phase: "while the tag is put", at: "target", matches: PHASES.tagPut },
];

describe("a run that is terminated", () => {
  const ends: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).toReversed()) await end();
  });

  for (const [signal, code] of [
    ["SIGTERM", 143],
    ["SIGINT", 130],
  ] as const) {
    for (const { phase, at, matches, action = HELD } of PHASE_LIST) {
      it(`exits with the code of ${signal} and no incomplete tag, and the next run finishes the work: ${phase}`, async () => {
        const upstream = await startUpstream();
        ends.push(upstream.stop);
        const lab = await openLab(upstream);
        ends.push(lab.stop);
        const folder = await makeFolder({ "images.yaml": writeManifest(lab) });
        ends.push(folder.remove);
        const child = startCli(["apply", "--yes", "--format", "json"], {
          cwd: folder.path,
          // the requests that are held never end by themselves
          environment: { IMGSYNC_DRAIN_MS: "1" },
        });
        let isShown = false;
        lab[at].setFaults((request) => {
          if (!matches(request, lab)) return undefined;
          if (!isShown) setImmediate(() => process.kill(child.pid ?? 0, signal));
          isShown = true;
          return action;
        });
        const result = await finished(child);
        assert.ok(isShown, "the run came so far");
        assert.equal(result.code, code, result.stdout + result.stderr);
        await assertTagsComplete(lab);
        if (matches === PHASES.sourceHead || matches === PHASES.sourceManifest)
          assert.match(result.stderr, /interrupted \[INTERRUPTED\]/);
        else {
          const last: unknown = JSON.parse(result.stdout.trimEnd().split("\n").at(-1) ?? "");
          assert.ok(typeof last === "object" && last !== null && "type" in last && "interrupted" in last);
          assert.equal(last.type, "run.finished");
          assert.equal(last.interrupted, true);
        }
        lab[at].setFaults(undefined);
        const again = await finished(startCli(["apply", "--yes"], { cwd: folder.path }));
        assert.equal(again.code, 0, again.stdout + again.stderr);
        await assertTagsComplete(lab, { isPresent: true });
      });
    }
  }
});
