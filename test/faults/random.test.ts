import fc from "fast-check";
import { afterEach, describe, it } from "node:test";
import { openLab, runLab, type Upstream } from "../support/fault-lab.ts";
import { startRegistry } from "../support/embedded-registry/registry.ts";
import type { FaultAction } from "../support/embedded-registry/faults.ts";
import { assertConverges, assertTagsComplete } from "../support/invariants.ts";
import { refusal } from "../support/cells.ts";

const ACTIONS: readonly FaultAction[] = [
  { kind: "drop" },
  { kind: "drop-answer" },
  { kind: "drop-upload", bytes: 1000 },
  { kind: "hang-up" },
  { kind: "truncate", bytes: 30, how: "fin" },
  { kind: "truncate", bytes: 30, how: "reset" },
  { kind: "truncate", bytes: 30, how: "unframed" },
  { kind: "flip", at: 12 },
  { kind: "strip-query" },
  { kind: "rewrite", status: 500, body: "" },
  { kind: "rewrite", headers: { "docker-content-digest": undefined } },
  { kind: "rewrite", headers: { location: undefined } },
  { kind: "answer", status: 200, headers: { "content-type": "text/html" }, body: "<html>" },
  { kind: "answer", status: 204 },
  refusal(401, "UNAUTHORIZED"),
  refusal(403, "DENIED"),
  refusal(404, "MANIFEST_BLOB_UNKNOWN"),
  refusal(404, "BLOB_UPLOAD_UNKNOWN"),
  refusal(429, "TOOMANYREQUESTS", { "retry-after": "5" }),
  refusal(500, "UNKNOWN"),
  refusal(507, "UNKNOWN"),
];

/** A fault affects `times` requests on one side, starting with request number `first`. */
const faults = fc.array(
  fc.record({
    side: fc.constantFrom("source" as const, "target" as const),
    first: fc.integer({ min: 1, max: 25 }),
    times: fc.constantFrom(1, 1, 2, 6),
    action: fc.constantFrom(...ACTIONS),
  }),
  { minLength: 1, maxLength: 3 },
);

describe("up to three random faults", () => {
  const ends: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).toReversed()) await end();
  });

  it("leave no tag incomplete, and the next run without them converges", async () => {
    const { host, stop } = await startRegistry();
    ends.push(stop);
    const upstream: Upstream = { host, openHost: host, stop };
    await fc.assert(
      fc.asyncProperty(faults, async (schedule) => {
        const lab = await openLab(upstream);
        try {
          for (const side of ["source", "target"] as const) {
            let number = 0;
            const own = schedule.filter((one) => one.side === side);
            lab[side].setFaults(() => {
              number += 1;
              return own.find(({ first, times }) => number >= first && number < first + times)?.action;
            });
          }
          await runLab(lab, { patienceMs: 2000 });
          await assertTagsComplete(lab);
          await assertConverges(lab);
        } finally {
          await lab.stop();
        }
      }),
      { numRuns: 60 },
    );
  });
});
