import assert from "node:assert/strict";
import { test } from "node:test";
import { bothTimes, describeDistance, lastedSince } from "../../../src/reporters/html/time.ts";

const NOW = new Date("2026-03-10T00:00:00.500Z");
const after = (seconds: number): Date => new Date(NOW.getTime() + seconds * 1000);

test("a time is described in its largest unit, rounded down", () => {
  const cases: readonly (readonly [number, string])[] = [
    [0, "now"],
    [-0.9, "now"],
    [-1, "1 second ago"],
    [-59.9, "59 seconds ago"],
    [-60, "1 minute ago"],
    [-3599, "59 minutes ago"],
    [-3600, "1 hour ago"],
    [-86_400, "1 day ago"],
    [-86_400 * 1500, "1,500 days ago"],
    [61, "in 1 minute"],
    [7200, "in 2 hours"],
  ];
  for (const [seconds, text] of cases) assert.equal(describeDistance(after(seconds), NOW), text);
});

test("both times have the value for programs, and the absolute one is beside the relative one", () => {
  const { html } = bothTimes(after(-120), NOW);
  assert.equal(html.split('datetime="2026-03-09T23:58:00.500Z"').length, 3);
  assert.match(html, /title="2026-03-09 23:58:00 UTC">2 minutes ago</);
  const plain = (markup: string): string => markup.replaceAll(/<[^>]*>/g, "").replaceAll(/\s+/g, " ");
  assert.equal(plain(html), "2 minutes ago 2026-03-09 23:58:00");
  assert.equal(plain(lastedSince(after(-7200), NOW).html), "for 2 hours since 2026-03-09 22:00:00");
  assert.equal(plain(lastedSince(NOW, NOW).html), "since 2026-03-10 00:00:00");
});
