import assert from "node:assert/strict";
import { readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { it } from "node:test";
import { createStagedFile } from "../../../src/stores/oci-layout/staged-file.ts";
import { cleanUpAfterEach } from "../../support/clean-up.ts";
import { makeFolder } from "../../support/cli.ts";

const onEnd = cleanUpAfterEach();

it("a complete file of a layout gets its name on Windows although another program has the old one open for a moment", async () => {
  const folder = await makeFolder({ blob: "old" });
  onEnd(folder.remove);
  const waits: number[] = [];
  const staged = await createStagedFile(folder.path, {
    system: "windows",
    rename: async (from, to) => {
      if (waits.length < 2) throw Object.assign(new Error("EBUSY"), { code: "EBUSY" });
      await rename(from, to);
    },
    sleep: async (milliseconds) => void waits.push(milliseconds),
  });
  await staged.write(new TextEncoder().encode("new"));
  await staged.moveTo(join(folder.path, "blob"));
  assert.equal(await readFile(join(folder.path, "blob"), "utf8"), "new");
  assert.deepEqual(waits, [10, 20]);
});
