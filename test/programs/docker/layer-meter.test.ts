import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createLayerMeter } from "../../../src/programs/docker/layer-meter.ts";
import { sizesIn } from "../../../src/programs/docker/layer-sizes.ts";
import { layerId, readLayerNews } from "../../../src/programs/docker/transfer-news.ts";
import { type Digest, digestOf } from "../../../src/model/digest.ts";

const [A, B]: readonly Digest[] = [digestOf("a"), digestOf("b")];
const UNPACKED = [digestOf("unpacked a"), digestOf("unpacked b")];
const CONFIG = { mediaType: "x", digest: digestOf("config"), size: 7 };
const MANIFEST = {
  kind: "image",
  mediaType: "x",
  config: CONFIG,
  layers: [
    { mediaType: "x", digest: A ?? digestOf("a"), size: 1000 },
    { mediaType: "x", digest: B ?? digestOf("b"), size: 200 },
  ],
} as const;

function meterOf() {
  const meter = createLayerMeter();
  return {
    ...meter,
    hear: (digest: Digest | undefined, status: string, current?: number, total?: number) => {
      const news = readLayerNews(layerId(digest ?? ""), status, { current, total });
      assert.ok(news);
      meter.note(news);
    },
  };
}

describe("the bytes of a push", () => {
  it("grow with what docker reports, and layers that were there already are done but not moved", () => {
    const { hear, doneBytes, movedBytes } = meterOf();
    const images = [sizesIn(MANIFEST)];
    hear(A, "Preparing");
    hear(B, "Preparing");
    assert.deepEqual([doneBytes(images), movedBytes(images)], [0, 0]);
    hear(B, "Layer already exists");
    assert.deepEqual([doneBytes(images), movedBytes(images)], [200, 0]);
    hear(A, "Pushing", 250, 1000);
    assert.deepEqual([doneBytes(images), movedBytes(images)], [450, 250 + CONFIG.size]);
    hear(A, "Pushed");
    assert.deepEqual([doneBytes(images), movedBytes(images)], [1200, 1000 + CONFIG.size]);
  });

  it("are those of the network, where docker reports unpacked ones and more of them than it announced", () => {
    const { hear, movedBytes } = meterOf();
    const images = [sizesIn(MANIFEST, UNPACKED)];
    hear(UNPACKED[0], "Pushing", 2000, 8000);
    assert.equal(movedBytes(images), 250 + CONFIG.size);
    hear(UNPACKED[0], "Pushing", 8512, 8000);
    assert.equal(movedBytes(images), 1000 + CONFIG.size);
  });

  it("are those that docker reports while the sizes in the manifest are unknown", () => {
    const { hear, doneBytes, movedBytes } = meterOf();
    hear(A, "Pushing", 300, 4000);
    hear(B, "Layer already exists");
    assert.deepEqual([doneBytes([]), movedBytes([])], [300, 300]);
  });

  it("include what went out in vain, when docker or imgsync starts again", () => {
    const { hear, restart, doneBytes, movedBytes } = meterOf();
    const images = [sizesIn({ ...MANIFEST, config: { ...CONFIG, size: 0 } })];
    hear(B, "Pushed");
    hear(A, "Pushing", 400, 1000);
    hear(A, "Retrying in 5 seconds");
    hear(A, "Pushing", 100, 1000);
    assert.deepEqual([doneBytes(images), movedBytes(images)], [300, 700]);
    restart();
    assert.deepEqual([doneBytes(images), movedBytes(images)], [200, 700]);
    hear(B, "Layer already exists");
    hear(A, "Pushing", 1000, 1000);
    hear(A, "Pushed");
    assert.deepEqual([doneBytes(images), movedBytes(images)], [1200, 1700]);
  });

  it("are unknown while the program has said nothing about layers", () => {
    const { hear, hasNews } = meterOf();
    assert.equal(hasNews(), false);
    hear(A, "Layer already exists");
    assert.equal(hasNews(), true);
  });

  it("are zero when every layer was there or mounted", () => {
    const { hear, movedBytes } = meterOf();
    hear(A, "Mounted from other/app");
    hear(B, "Layer already exists");
    assert.equal(movedBytes([sizesIn(MANIFEST)]), 0);
  });

  it("are the sum that the program prints, if it prints one", () => {
    const { hear, note, restart, movedBytes } = meterOf();
    hear(A, "Pushed");
    note({ kind: "sent", bytes: 0 });
    assert.equal(movedBytes([sizesIn(MANIFEST)]), 0);
    note({ kind: "sent", bytes: 400 });
    restart();
    note({ kind: "sent", bytes: 900 });
    assert.equal(movedBytes([sizesIn(MANIFEST)]), 1300);
  });

  it("count blobs whose end podman does not report, when it goes on to the config", () => {
    const { hear, note, movedBytes } = meterOf();
    hear(A, "Preparing");
    hear(B, "Layer already exists");
    note({ kind: "rest-moved" });
    assert.equal(movedBytes([sizesIn(MANIFEST)]), 1000 + CONFIG.size);
  });
});
