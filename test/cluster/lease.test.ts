import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { changedLease, formatMicroTime, newLease, parseLease, parseLeaseName } from "../../src/cluster/lease.ts";

const RECORD = {
  holder: "watch-0",
  durationMs: 15_000,
  acquireTime: "2026-03-10T00:00:00.000000Z",
  renewTime: "2026-03-10T00:00:02.000000Z",
  transitions: 2,
};

describe("parseLeaseName", () => {
  it("takes NAMESPACE/NAME and NAME", () => {
    assert.deepEqual(parseLeaseName("imgsync/watch.prod"), { namespace: "imgsync", name: "watch.prod" });
    assert.deepEqual(parseLeaseName("watch"), { name: "watch" });
  });

  it("refuses what could change the path of a request", () => {
    for (const text of [
      "",
      "/",
      "a/",
      "/b",
      "a/b/c",
      "a/..",
      "../b",
      "A/b",
      "a b/c",
      "a/b?c",
      "a.b/c",
      `${"a".repeat(64)}/b`,
    ])
      assert.equal(parseLeaseName(text), undefined, text);
  });
});

describe("parseLease", () => {
  it("reads the record that it writes", () => {
    const object = newLease({ namespace: "imgsync", name: "watch" }, RECORD) as { metadata: object };
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion: "7" } };
    assert.deepEqual(parseLease(stored)?.record, RECORD);
  });

  it("keeps the fields of others when it changes a lease", () => {
    const stored = {
      kind: "Lease",
      metadata: { name: "watch", resourceVersion: "7", labels: { team: "a" } },
      spec: { holderIdentity: "x", strategy: "OldestEmulationVersion" },
    };
    const lease = parseLease(stored);
    assert.ok(lease !== undefined);
    assert.deepEqual(changedLease(lease, RECORD), {
      ...stored,
      spec: {
        strategy: "OldestEmulationVersion",
        holderIdentity: "watch-0",
        leaseDurationSeconds: 15,
        acquireTime: RECORD.acquireTime,
        renewTime: RECORD.renewTime,
        leaseTransitions: 2,
      },
    });
  });

  it("takes missing and unusable fields as a lease that is free", () => {
    const metadata = { resourceVersion: "7" };
    const free = { holder: "", durationMs: 0, acquireTime: "", renewTime: "", transitions: 0 };
    assert.deepEqual(parseLease({ kind: "Lease", metadata })?.record, free);
    const spec = { holderIdentity: 5, leaseDurationSeconds: -1, leaseTransitions: "2" };
    assert.deepEqual(parseLease({ kind: "Lease", metadata, spec })?.record, free);
  });

  it("refuses what is not a lease, or has no version to lock", () => {
    for (const json of [
      undefined,
      null,
      [],
      {},
      { kind: "Lease" },
      { kind: "Lease", metadata: {} },
      { kind: "Pod", metadata: { resourceVersion: "1" } },
    ])
      assert.equal(parseLease(json), undefined);
  });
});

describe("formatMicroTime", () => {
  it("writes six digits after the point, which Kubernetes requires", () => {
    assert.equal(formatMicroTime(new Date("2026-03-10T01:02:03.004Z")), "2026-03-10T01:02:03.004000Z");
  });
});
