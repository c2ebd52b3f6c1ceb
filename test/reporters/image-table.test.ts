import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { digestOf } from "../../src/model/digest.ts";
import { displayWidth } from "../../src/reporters/words/width.ts";
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
      `DIGEST                                                                   TAGS          CREATED            UPDATED            SIZE
${digestOf("one")}  1.2.3,latest  2025-01-02 03:04Z  2025-01-03 00:00Z  12.4 MiB
${digestOf("two")}  -             unknown            unknown            unknown
`,
    );
  });

  it("shortens digests first on a terminal, then leaves times out, and cuts neither tags nor sizes", () => {
    const at = (columns: number): string => LIST_FORMATS.text(list, { style, columns });
    assert.ok(at(135).includes(digestOf("one")));
    assert.match(
      at(100),
      /^sha256:7692c3ad3540… {2}1\.2\.3,latest {2}2025-01-02 03:04Z {2}2025-01-03 00:00Z {2}12\.4 MiB$/m,
    );
    assert.match(at(70), /^sha256:7692c3ad3540… {2}1\.2\.3,latest {2}2025-01-02 03:04Z {2}12\.4 MiB$/m);
    assert.match(at(60), /^sha256:7692c3ad3540… {2}1\.2\.3,latest {2}2025-01-02 {2}12\.4 MiB$/m);
    for (let columns = 24; columns < 260; columns += 1) {
      assert.match(at(columns), /1\.2\.3,latest .*12\.4 MiB/);
      for (const line of at(columns).split("\n")) assert.ok(displayWidth(line) <= columns, `${columns}: ${line}`);
    }
  });

  it("continues many tags in further lines, and leaves out a column of times that are all unknown", () => {
    const tags = Array.from({ length: 9 }, (_, at) => `1.27.${at}-alpine`);
    const created = new Date("2025-01-02T03:04:05Z");
    const many = { ...list, images: [{ digest: digestOf("one"), tags, created, bytes: 1024 }] };
    assert.equal(
      LIST_FORMATS.text(many, { style, columns: 80 }),
      `DIGEST                TAGS                          CREATED            SIZE
sha256:7692c3ad3540…  1.27.0-alpine,1.27.1-alpine,  2025-01-02 03:04Z  1.0 KiB
                      1.27.2-alpine,1.27.3-alpine,
                      1.27.4-alpine,1.27.5-alpine,
                      1.27.6-alpine,1.27.7-alpine,
                      1.27.8-alpine
`,
    );
  });

  it("names images below the repository that was typed, and not that repository itself", () => {
    const repository = { host: "registry.example.com", path: "team/app" };
    const [image = list.images[0]] = list.images;
    assert.ok(image !== undefined);
    const inside = { ...image, repository: { ...repository, path: "team/app/web" } };
    const shown = LIST_FORMATS.text({ ...list, images: [inside] }, { style });
    assert.match(shown, /^IMAGE {2}DIGEST .*\nweb {4}sha256:/);
    assert.doesNotMatch(LIST_FORMATS.text({ ...list, images: [{ ...image, repository }] }, { style }), /IMAGE/);
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
