import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { before, describe, it } from "node:test";
import { displayWidth } from "../../src/reporters/words/width.ts";
import { FOLDER, renderScreens, WIDTHS } from "../../scripts/screens/screens.ts";

/** A word of this many columns, such as a reference, may be wider than what is left of a narrow terminal. */
const LONG_WORD = 40;

describe("the screens in test/reporters/screens", () => {
  let screens: ReadonlyMap<string, string>;
  before(async () => {
    screens = await renderScreens();
  });

  it("are what the commands show on terminals of 60, 80 and 120 columns", async () => {
    for (const [name, text] of screens)
      assert.equal(text, await readFile(`${FOLDER}${name}`, "utf8"), `${name}: run npm run screens`);
    assert.deepEqual((await readdir(FOLDER)).toSorted(), [...screens.keys()].toSorted());
    assert.deepEqual(WIDTHS, [60, 80, 120]);
  });

  it("have no line that is wider than the terminal, except for words that cannot be broken", () => {
    for (const [name, text] of screens) {
      const columns = Number(/\d+/.exec(name)?.[0]);
      const output = text.split("\n").filter((line) => !line.startsWith("$ "));
      const wide = output.filter((line) => displayWidth(line) > columns);
      const broken = wide.filter((line) => line.split(" ").every((word) => displayWidth(word) < LONG_WORD));
      assert.deepEqual(broken, [], name);
      if (columns === 120) assert.deepEqual(wide, [], name);
    }
  });

  it("show each failure and each blocked change once", () => {
    for (const columns of WIDTHS) {
      const [, afterwards = ""] = (screens.get(`apply-${columns}.txt`) ?? "").split("(afterwards)\n");
      for (const mark of ["✖ blocked", "✖ failed", "nginx:1.26.2", "[DENIED]"])
        assert.equal(afterwards.replaceAll("\n", "").split(mark).length, 2, `${columns}: ${mark}`);
      assert.match(afterwards, /^⚠ apply: 500 applied, 1 blocked, 1 failed,/m);
    }
  });
});
