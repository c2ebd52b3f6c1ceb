import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { openDisplay } from "../../../src/reporters/terminal/display.ts";
import { createPhases } from "../../../src/reporters/terminal/phases.ts";
import { createStyle } from "../../../src/reporters/words/style.ts";
import { manualClock } from "../samples.ts";
import { redrawn } from "./support/run.ts";
import { screenStream } from "./support/screen-stream.ts";

async function open(columns = 60) {
  const { stream, lines } = screenStream({ columns });
  const clock = manualClock();
  const style = createStyle(false);
  const display = await openDisplay(stream, { style, clock });
  return { lines, clock, display, phases: createPhases(display, { style, clock, since: 0 }) };
}

describe("the phases of a command", () => {
  it("stay on the screen with the time that each took, and several readings are one phase", async () => {
    const { lines, clock, display, phases } = await open();
    clock.advance(12);
    phases.ended("read images.yaml: 3 entries");
    phases.working("reading registries");
    await redrawn(clock);
    assert.deepEqual(await lines(), ["✔ read images.yaml: 3 entries (12 ms)", "~ reading registries"]);
    phases.reading({ answered: 1, asked: 10, isDone: false });
    phases.reading({ answered: 10, asked: 10, isDone: true });
    phases.reading({ answered: 1, asked: 4, isDone: false });
    clock.advance(1200);
    await redrawn(clock);
    assert.equal((await lines()).at(-1), "~ reading registries: 11 of 14");
    phases.reading({ answered: 4, asked: 4, isDone: true });
    phases.read();
    await display.hide();
    assert.deepEqual(await lines(), ["✔ read images.yaml: 3 entries (12 ms)", "✔ read registries: 14 lookups (1.2 s)"]);
    phases.ended("plan: 1 blocked", "failed");
    assert.equal((await lines()).at(-1), "✖ plan: 1 blocked (0 ms)");
    await display.hide();
  });

  it("say nothing about registries if none was asked", async () => {
    const { lines, display, phases } = await open();
    phases.reading({ answered: 0, asked: 0, isDone: true });
    phases.read();
    await display.hide();
    assert.deepEqual(await lines(), []);
  });

  it("break a title that is too long between words", async () => {
    const { lines, display, phases } = await open(30);
    phases.ended("plan: 3 to create, 1 to update, 12 unchanged");
    await display.hide();
    assert.deepEqual(await lines(), ["✔ plan: 3 to create, 1 to", "    update, 12 unchanged", "    (0 ms)"]);
  });
});

describe("the display", () => {
  it("keeps text that is written while tasks are redrawn, above them and in order", async () => {
    const { lines, clock, display, phases } = await open();
    phases.working("working");
    await redrawn(clock);
    display.stream.write("first\n");
    display.stand({ ending: "skipped", lines: ["second", "third"] });
    clock.advance(100);
    await redrawn(clock);
    assert.deepEqual(await lines(), ["first", "↓ second", "  third", "~ working"]);
    display.stream.write("fourth\n");
    await display.hide();
    display.stream.write("fifth\n");
    assert.deepEqual(await lines(), ["first", "↓ second", "  third", "fourth", "fifth"]);
  });

  it("can draw again after it was hidden", async () => {
    const { lines, clock, display, phases } = await open();
    for (const title of ["one", "two"]) {
      phases.working(title);
      await redrawn(clock);
      assert.deepEqual(await lines(), [`~ ${title}`]);
      await display.hide();
      assert.deepEqual(await lines(), []);
    }
  });
});
