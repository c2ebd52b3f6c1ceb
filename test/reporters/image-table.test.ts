import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { digestOf } from "../../src/model/digest.ts";
import { displayWidth } from "../../src/reporters/words/format.ts";
import type { ImageList } from "../../src/model/image-list.ts";
import { LIST_FORMATS } from "../../src/reporters/image-table.ts";
import { createStyle } from "../../src/reporters/words/style.ts";

const style = createStyle(false);
const list: ImageList = {
  repository: "registry.example.com/team/app",
  images: [
    {
      digest: digestOf("one"),
      mediaType: "application/evil\u001b[2J",
      tags: ["1.2.3", "latest"],
      created: new Date("2025-01-02T03:04:05.678Z"),
      updated: new Date("2025-01-03T00:00:00Z"),
      bytes: 13_000_000,
    },
    { digest: digestOf("two"), tags: [] },
  ],
  more: 3,
};

describe("the table of images", () => {
  it("is shown in full when it is not on a terminal, with unknown for missing values", () => {
    assert.equal(
      LIST_FORMATS.text(list, { style }),
      `IMAGE                          DIGEST                                                                   TAGS          CREATE_TIME           UPDATE_TIME           SIZE
registry.example.com/team/app  ${digestOf("one")}  1.2.3,latest  2025-01-02T03:04:05Z  2025-01-03T00:00:00Z  12.4 MiB
registry.example.com/team/app  ${digestOf("two")}  -             unknown               unknown               unknown
`,
    );
  });

  it("cuts digests first on a terminal, and is never wider than the terminal", () => {
    const shown = LIST_FORMATS.text(list, { style, columns: 140 });
    assert.match(shown, /app {2}sha256:7692c3ad3540… {2}1\.2\.3,latest {2}2025/);
    for (let columns = 20; columns < 260; columns += 1) {
      for (const line of LIST_FORMATS.text(list, { style, columns }).split("\n"))
        assert.ok(displayWidth(line) <= columns, `${columns}: ${line}`);
    }
    assert.ok(LIST_FORMATS.text(list, { style, columns: 250 }).includes(digestOf("one")));
  });

  it("is one JSON document with full digests, null for missing values, and no terminal control characters", () => {
    const text = LIST_FORMATS.json(list, { style });
    assert.ok(!text.includes("\u001b"));
    assert.deepEqual(JSON.parse(text), {
      version: 1,
      repository: "registry.example.com/team/app",
      images: [
        {
          image: "registry.example.com/team/app",
          digest: digestOf("one"),
          mediaType: "application/evil\u001b[2J",
          tags: ["1.2.3", "latest"],
          createTime: "2025-01-02T03:04:05.678Z",
          updateTime: "2025-01-03T00:00:00.000Z",
          sizeBytes: 13_000_000,
        },
        {
          image: "registry.example.com/team/app",
          digest: digestOf("two"),
          mediaType: null,
          tags: [],
          createTime: null,
          updateTime: null,
          sizeBytes: null,
        },
      ],
      more: 3,
    });
  });
});
