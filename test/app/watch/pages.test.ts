import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { WatchStatus } from "../../../src/model/watch.ts";
import { createPages } from "../../../src/app/watch/pages.ts";
import { status } from "./support.ts";

function ask(path: string, rest: Partial<WatchStatus>) {
  const pages = createPages({
    status: () => status(rest),
    metrics: { render: async () => ({ type: "text/plain; version=0.0.4", text: "a 1\n" }) },
    render: { html: ({ state }) => `<p>${state}</p>`, json: ({ state }) => JSON.stringify({ state }) },
  });
  const page = pages.get(path);
  assert.ok(page !== undefined);
  return page();
}

describe("createPages", () => {
  it("answers the liveness probe, also while draining", async () => {
    assert.equal((await ask("/healthz", {})).status, 200);
    assert.equal((await ask("/healthz", { state: "draining" })).status, 200);
  });

  it("is ready after the first run, failed or not, until it drains", async () => {
    assert.equal((await ask("/readyz", { state: "running" })).status, 503);
    assert.equal((await ask("/readyz", { totals: { runs: 1, failedRuns: 1 } })).status, 200);
    assert.equal((await ask("/readyz", { totals: { runs: 1, failedRuns: 0 }, state: "draining" })).status, 503);
  });

  it("serves metrics with the content type of Prometheus, and the status as HTML and JSON", async () => {
    assert.deepEqual(await ask("/metrics", {}), { status: 200, type: "text/plain; version=0.0.4", text: "a 1\n" });
    assert.deepEqual(await ask("/", {}), { status: 200, type: "text/html; charset=utf-8", text: "<p>waiting</p>" });
    assert.equal((await ask("/status.json", {})).text, '{"state":"waiting"}');
  });
});
