import { digestOf } from "../../src/model/digest.ts";
import type { ImageList } from "../../src/model/image-list.ts";
import { LIST_FORMATS } from "../../src/reporters/image-table.ts";
import { MIRROR, reference, STYLE } from "./samples.ts";
import type { Scene } from "./screens.ts";

const NGINX: ImageList = {
  repository: `${MIRROR}/nginx`,
  images: [
    {
      digest: digestOf("nginx:1.27.3"),
      tags: ["1.27", "1.27.3", "1.27.3-bookworm", "latest", "mainline", "mainline-bookworm", "stable"],
      created: new Date("2026-11-26T09:30:12Z"),
      updated: new Date("2026-11-27T01:02:03Z"),
      bytes: 71_500_000,
    },
    {
      digest: digestOf("nginx:1.26.2"),
      tags: ["1.26.2"],
      created: new Date("2026-08-14T21:00:00Z"),
      updated: new Date("2026-08-15T01:02:03Z"),
      bytes: 70_900_000,
    },
    { digest: digestOf("nginx:untagged"), tags: [] },
  ],
  more: 0,
};

const ALL: ImageList = {
  repository: MIRROR,
  images: ["nginx", "team/backend/postgres"].map((name) => ({
    repository: reference(`${MIRROR}/${name}`).repository,
    digest: digestOf(name),
    tags: ["v1.0.0"],
    created: new Date("2026-11-26T09:30:12Z"),
    bytes: 151_000_000,
  })),
  more: 0,
};

export const list: Scene = (columns) =>
  Promise.resolve(
    [NGINX, ALL]
      .map((shown) => `$ imgsync list ${shown.repository}\n${LIST_FORMATS.text(shown, { style: STYLE, columns })}`)
      .join("\n"),
  );
