import assert from "node:assert/strict";
import { test } from "node:test";
import { createSpeedMeter, timeLeft } from "../../../src/reporters/terminal/speed.ts";

test("a steady stream has its speed", () => {
  const meter = createSpeedMeter();
  for (let time = 0; time <= 30_000; time += 100) meter.add(time * 5, time);
  assert.equal(meter.read(30_000), 5000);
});

test("the speed is unknown until enough has been measured", () => {
  const meter = createSpeedMeter();
  assert.equal(meter.read(0), undefined);
  meter.add(0, 0);
  meter.add(1000, 100);
  assert.equal(meter.read(100), undefined);
});

test("a stall is shown, and an old burst is forgotten", () => {
  const meter = createSpeedMeter();
  meter.add(0, 0);
  meter.add(1_000_000, 1000);
  assert.equal(meter.read(2000), 500_000);
  for (let time = 2000; time <= 12_000; time += 100) meter.add(1_000_000, time);
  assert.equal(meter.read(12_000), 0);
});

test("the speed is never negative when the bytes decrease", () => {
  const meter = createSpeedMeter();
  meter.add(1000, 0);
  meter.add(0, 1000);
  assert.equal(meter.read(1000), 0);
});

test("the time left is the remaining bytes divided by the speed, or unknown without a speed", () => {
  assert.equal(timeLeft(5000, 1000), 5000);
  assert.equal(timeLeft(-1, 1000), 0);
  assert.equal(timeLeft(5000, 0), undefined);
  assert.equal(timeLeft(5000, undefined), undefined);
});
