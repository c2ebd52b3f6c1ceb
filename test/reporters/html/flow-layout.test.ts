import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { layOut } from "../../../src/reporters/html/flow-layout.ts";

const SIZE = { width: 928, label: 300 };
/** Two values that are rounded to one decimal, and the error of their difference in binary. */
const ROUNDING = 0.1 + 1e-9;

const link = (source: number, target: number, amount: number | undefined) => ({ source, target, amount });
const strokes = (drawing: ReturnType<typeof layOut>): readonly number[] =>
  drawing.bands.map(({ stroke }) => Number(stroke));

test("bands are as thick as their share of what moves, and never too thin to see", () => {
  assert.deepEqual(strokes(layOut([link(0, 0, 100), link(0, 1, 300)], SIZE)), [45, 135]);
  assert.deepEqual(strokes(layOut([link(0, 0, 1), link(0, 1, 1e9)], SIZE)), [1.5, 180]);
  assert.deepEqual(strokes(layOut([link(0, 0, 0), link(1, 0, 0)], SIZE)), [1.5, 1.5], "no size is known");
});

test("links that are not drawn take no room, and neither do their nodes", () => {
  const links = [link(0, 0, 100), link(1, 1, undefined), link(2, 1, 100)];
  const { bands, sources, targets, height } = layOut(links, SIZE);
  assert.equal(bands[1]?.stroke, "0");
  assert.deepEqual(
    sources.map((middle) => middle !== undefined),
    [true, false, true],
  );
  assert.ok(targets.every((middle) => middle !== undefined));
  assert.equal(height, layOut([link(0, 0, 100), link(1, 1, 100)], SIZE).height);
});

test("nodes never overlap and stay inside the drawing", () => {
  const links = fc.array(fc.tuple(fc.nat(9), fc.nat(9), fc.option(fc.nat(1000), { nil: undefined })), { minLength: 1 });
  fc.assert(
    fc.property(links, (all) => {
      const { sources, targets, height } = layOut(
        all.map(([source, target, amount]) => link(source, target, amount)),
        SIZE,
      );
      for (const side of [sources, targets]) {
        const middles = side.filter((middle) => middle !== undefined);
        for (const [at, middle] of middles.entries()) {
          assert.ok(middle >= 25 - ROUNDING && middle <= height - 25 + ROUNDING, `${middle} of ${height}`);
          assert.ok(at === 0 || middle - (middles[at - 1] ?? 0) >= 50 - ROUNDING);
        }
      }
    }),
  );
});
