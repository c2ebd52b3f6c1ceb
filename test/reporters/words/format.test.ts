import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import {
  formatCount,
  formatDuration,
  formatPercent,
  formatShortReference,
  formatSpeed,
  formatTimeLeft,
  plural,
} from "../../../src/reporters/words/format.ts";
import { formatBytes } from "../../../src/model/size.ts";
import { NEW, reference } from "../samples.ts";

test("bytes are shown in binary units with one decimal", () => {
  const shown = [0, 1, 1023, 1024, 1536, 13_002_342, 1024 ** 2 - 1, 1024 ** 3, 5.5 * 1024 ** 4].map(formatBytes);
  assert.deepEqual(shown, ["0 B", "1 B", "1023 B", "1.0 KiB", "1.5 KiB", "12.4 MiB", "1.0 MiB", "1.0 GiB", "5.5 TiB"]);
  assert.equal(formatSpeed(3_355_443), "3.2 MiB/s");
});

test("no size is shown as 1024 of a unit", () => {
  fc.assert(fc.property(fc.nat(2 ** 31 - 1), (bytes) => assert.doesNotMatch(formatBytes(bytes), /^1024/)));
});

test("durations are shown in at most two units and never as 60 of one", () => {
  const shown = [0, 350, 999.6, 4200, 42_000, 59_600, 72_000, 3_599_900, 7_500_000, 273_600_000].map(formatDuration);
  assert.deepEqual(shown, [
    "0 ms",
    "350 ms",
    "1.0 s",
    "4.2 s",
    "42 s",
    "1 m 0 s",
    "1 m 12 s",
    "1 h 0 m",
    "2 h 5 m",
    "3 d 4 h",
  ]);
  fc.assert(fc.property(fc.nat(10 ** 9), (time) => assert.doesNotMatch(formatDuration(time), /\b60 [sm]/)));
});

test("the time left is in whole seconds and at least one", () => {
  assert.deepEqual([0, 4001, 59_500, 72_000].map(formatTimeLeft), ["1 s", "5 s", "1 m 0 s", "1 m 12 s"]);
});

test("counts have thousands separators and the right plural", () => {
  assert.deepEqual([0, 999, 1000, 1_234_567].map(formatCount), ["0", "999", "1,000", "1,234,567"]);
  assert.deepEqual(
    [plural(1, "change"), plural(0, "tag"), plural(2, "entry", "entries")],
    ["1 change", "0 tags", "2 entries"],
  );
});

test("a percentage is rounded down, so that 100 means done", () => {
  assert.deepEqual([formatPercent(0, 0), formatPercent(999, 1000), formatPercent(7, 7)], ["0 %", "99 %", "100 %"]);
});

test("a shortened digest in a reference ends with an ellipsis", () => {
  const text = formatShortReference(reference(`docker.io/library/nginx:1.27@${NEW}`));
  assert.equal(text, `docker.io/library/nginx:1.27@${NEW.slice(0, 19)}…`);
  assert.equal(formatShortReference(reference("quay.io/a/b:1")), "quay.io/a/b:1");
});
