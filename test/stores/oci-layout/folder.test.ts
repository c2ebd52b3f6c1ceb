import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { setImmediate } from "node:timers/promises";
import { systemClock } from "../../../src/async/system-clock.ts";
import { diskOf } from "../../../src/files/disk.ts";
import { openLayout } from "../../../src/stores/oci-layout/folder.ts";
import { cleanUpAfterEach } from "../../support/clean-up.ts";
import { reference } from "../../support/changes.ts";
import { makeFolder } from "../../support/cli.ts";

const onEnd = cleanUpAfterEach();
const disk = diskOf(systemClock);

describe("the folder of an OCI layout", () => {
  it("can be created and written to by many writers at the same time", async () => {
    const folder = await makeFolder();
    onEnd(folder.remove);
    const places = { folder: folder.path, allowed: [] };
    for (let round = 0; round < 20; round += 1) {
      const { repository } = reference(`oci:layout-${round}`);
      const writers = Array.from({ length: 24 }, async (_, writer) => {
        // staggered, so that some check the folder while others write
        for (let turn = 0; turn < writer; turn += 1) await setImmediate();
        await writeFile(join(await openLayout(repository, places, disk), `file-${writer}`), "");
      });
      await assert.doesNotReject(Promise.all(writers), `round ${round}`);
    }
  });

  it("is refused when its layout has another version, and the error quotes it", async () => {
    const folder = await makeFolder();
    onEnd(folder.remove);
    const places = { folder: folder.path, allowed: [] };
    await mkdir(join(folder.path, "layout"));
    const { repository } = reference("oci:layout");
    const cases = [
      ['{"imageLayoutVersion":"1.1.0"}', /oci-layout declares version "1\.1\.0"; only 1\.0\.0 is supported$/],
      ['{"imageLayoutVersion":1}', /declares no version; only 1\.0\.0/],
      ["not JSON", /declares no version; only 1\.0\.0/],
    ] as const;
    for (const [marker, message] of cases) {
      await folder.write("layout/oci-layout", marker);
      await assert.rejects(openLayout(repository, places, disk), { code: "CONTENT_REFUSED", message });
    }
    await folder.write(
      "layout/oci-layout",
      '{"imageLayoutVersion":"1.0.0","org.example.note":"more fields are allowed"}',
    );
    await openLayout(repository, places, disk);
  });

  it("is refused when it has other files", async () => {
    const folder = await makeFolder();
    onEnd(folder.remove);
    await mkdir(join(folder.path, "photos"));
    await folder.write("photos/cat.jpg", "");
    const { repository } = reference("oci:photos");
    await assert.rejects(openLayout(repository, { folder: folder.path, allowed: [] }, disk), {
      code: "CONTENT_REFUSED",
    });
  });
});
