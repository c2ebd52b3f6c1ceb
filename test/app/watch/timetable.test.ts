import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createTimetable } from "../../../src/app/watch/timetable.ts";

const at = (time: string): Date => new Date(`2026-03-10T${time}Z`);
const plain = { timezone: "UTC", jitterMs: 0, random: () => 0 };

describe("createTimetable", () => {
  it("makes every schedule due at once, and then by its pattern", () => {
    const timetable = createTimetable(plain);
    timetable.set(new Map([["*/15 * * * *", 2]]), at("10:07:00"));
    assert.deepEqual(timetable.takeDue(at("10:07:00")), ["*/15 * * * *"]);
    assert.deepEqual(timetable.takeDue(at("10:14:59")), []);
    assert.deepEqual(timetable.list(), [{ schedule: "*/15 * * * *", entries: 2, at: at("10:15:00") }]);
    assert.deepEqual(timetable.takeDue(at("10:15:00")), ["*/15 * * * *"]);
  });

  it("returns a schedule that came due several times only once", () => {
    const timetable = createTimetable(plain);
    timetable.set(new Map([["* * * * *", 1]]), at("10:00:00"));
    timetable.takeDue(at("10:00:00"));
    assert.deepEqual(timetable.takeDue(at("10:30:30")), ["* * * * *"]);
    assert.deepEqual(timetable.takeDue(at("10:30:40")), []);
  });

  it("delays a schedule by up to the jitter", () => {
    const timetable = createTimetable({ ...plain, jitterMs: 10_000, random: () => 0.5 });
    timetable.set(new Map([["0 11 * * *", 1]]), at("10:00:00"));
    timetable.takeDue(at("10:00:00"));
    assert.deepEqual(timetable.list()[0]?.at, at("11:00:05"));
  });

  it("applies patterns in its time zone", () => {
    const timetable = createTimetable({ ...plain, timezone: "Europe/Paris" });
    timetable.set(new Map([["0 3 * * *", 1]]), at("10:00:00"));
    timetable.takeDue(at("10:00:00"));
    assert.deepEqual(timetable.list()[0]?.at, new Date("2026-03-11T02:00:00Z"));
  });
});
