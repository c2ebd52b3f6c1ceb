import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createMetrics } from "../../../src/app/watch/metrics.ts";
import { readMetrics, record } from "./support.ts";

const now = new Date("2026-03-10T06:30:00Z");
const after = { now, blocked: 0, troubles: new Set<string>() };

async function measure() {
  const metrics = await createMetrics({ version: "1.2.3" });
  const read = async () => readMetrics((await metrics.render()).text);
  return { metrics, read };
}

describe("createMetrics", () => {
  it("counts runs by result, and changes by action", async () => {
    const { metrics, read } = await measure();
    metrics.onRun(record({ applied: new Map([["create", 3]]), transferredBytes: 2048 }), after);
    metrics.onRun(record({ applied: new Map([["update", 1]]), transferredBytes: 10 }), after);
    metrics.onRun(record({ errors: [{ code: "REGISTRY_UNREACHABLE", message: "gone" }] }), after);
    const value = await read();
    assert.equal(value('imgsync_runs_total{result="clean"}'), 2);
    assert.equal(value('imgsync_runs_total{result="failed"}'), 1);
    assert.equal(value('imgsync_changes_total{action="create"}'), 3);
    assert.equal(value('imgsync_changes_total{action="update"}'), 1);
    assert.equal(value("imgsync_transferred_bytes_total"), 2058);
  });

  it("exports every action and both results from the start, so that the first of each shows as an increase", async () => {
    const { read } = await measure();
    const value = await read();
    for (const action of ["create", "update", "attach", "delete"])
      assert.equal(value(`imgsync_changes_total{action="${action}"}`), 0);
    for (const result of ["clean", "failed"]) assert.equal(value(`imgsync_runs_total{result="${result}"}`), 0);
  });

  it("measures runs in seconds", async () => {
    const { metrics, read } = await measure();
    metrics.onRun(record({ milliseconds: 1500 }), after);
    const value = await read();
    assert.equal(value("imgsync_run_seconds_sum"), 1.5);
    assert.equal(value('imgsync_run_seconds_bucket{le="1"}'), 0);
    assert.equal(value('imgsync_run_seconds_bucket{le="5"}'), 1);
  });

  it("keeps the time of the last run that left all tags in sync", async () => {
    const { metrics, read } = await measure();
    metrics.onRun(record(), after);
    const failed = record({ errors: [{ code: "RATE_LIMITED", message: "slower" }] });
    metrics.onRun(failed, { ...after, now: new Date("2026-03-10T07:00:00Z") });
    // a tag of another schedule is still blocked
    metrics.onRun(record(), {
      now: new Date("2026-03-10T08:00:00Z"),
      blocked: 1,
      troubles: new Set(["app:v1 blocked"]),
    });
    assert.equal((await read())("imgsync_last_success_timestamp_seconds"), now.getTime() / 1000);
  });

  it("reports how many tags are blocked, and whether the manifest is valid", async () => {
    const { metrics, read } = await measure();
    metrics.onRun(record(), { ...after, blocked: 7 });
    metrics.onManifest(false);
    const value = await read();
    assert.equal(value("imgsync_blocked_tags"), 7);
    assert.equal(value("imgsync_manifest_valid"), 0);
  });

  it("counts requests by host and status", async () => {
    const { metrics, read } = await measure();
    for (const status of [200, 200, 404]) metrics.onAnswer("registry.example:5000", status);
    const value = await read();
    assert.equal(value('imgsync_requests_total{host="registry.example:5000",status="200"}'), 2);
    assert.equal(value('imgsync_requests_total{host="registry.example:5000",status="404"}'), 1);
  });

  it("limits the number of series, whatever hosts and statuses occur", async () => {
    const { metrics, read } = await measure();
    for (let number = 0; number < 1000; number += 1) metrics.onAnswer(`s${number}.example`, 200);
    for (let status = 600; status < 1000; status += 1) metrics.onAnswer("s1.example", status);
    const value = await read();
    assert.equal(value('imgsync_requests_total{host="s99.example",status="200"}'), 1);
    assert.equal(value('imgsync_requests_total{host="other",status="200"}'), 900);
    assert.equal(value('imgsync_requests_total{host="s1.example",status="other"}'), 400);
    assert.equal(value.names.filter((name) => name.startsWith("imgsync_requests_total")).length, 102);
  });
});
