import assert from "node:assert/strict";
import { test } from "node:test";
import { flowOf, isWorthDrawing } from "../../../src/reporters/html/flow.ts";
import { change, NEW, OLD, reference } from "../samples.ts";

const from = (text: string) => ({ kind: "registry", reference: reference(text) }) as const;

test("copied tags flow from their source to their target, the largest first", () => {
  const flow = flowOf([
    change({ source: from("a.example/small:1"), to: "t.example/x:1", bytes: 1 }),
    change({ source: from("a.example/big:1"), to: "t.example/x:2", bytes: 100 }),
    change({ source: from("a.example/big:1"), to: "t.example/y:1", bytes: 100, action: "update", observed: OLD }),
    change({ source: from("a.example/big:1"), to: "t.example/y:2", action: "none", observed: NEW }),
    change({ source: from("a.example/big:1"), to: "t.example/y:3", action: "delete", observed: NEW }),
    change({ source: from("a.example/big:1"), to: "t.example/y:4", action: "blocked", observed: OLD }),
    change({ source: from("a.example/big:1"), to: "t.example/y:5", action: "held" }),
  ]);
  assert.deepEqual(flow?.flow, {
    measure: "bytes",
    sources: [
      { host: "a.example", path: "big", tags: 2, bytes: 200 },
      { host: "a.example", path: "small", tags: 1, bytes: 1 },
    ],
    targets: [
      { host: "t.example", path: "x", tags: 2, bytes: 101 },
      { host: "t.example", path: "y", tags: 1, bytes: 100 },
    ],
    links: [
      { source: 0, target: 0, tags: 1, bytes: 100 },
      { source: 0, target: 1, tags: 1, bytes: 100 },
      { source: 1, target: 0, tags: 1, bytes: 1 },
    ],
  });
});

test("tags are counted when no size is known, and there is no flow when nothing is copied", () => {
  const { bytes: _, ...unknown } = change();
  assert.equal(flowOf([unknown])?.flow.measure, "tags");
  assert.equal(flowOf([change({ action: "none" }), change({ action: "delete" })]), undefined);
});

test("many repositories are grouped by registry, and many registries into the largest and a rest, with all bytes", () => {
  const changes = Array.from({ length: 60 }, (_, at) =>
    change({ source: from(`s${at % 30}.example/app-${at}:1`), to: `t.example/app-${at}:1`, bytes: at }),
  );
  const flow = flowOf(changes)?.flow;
  assert.deepEqual(flow?.targets, [{ host: "t.example", path: "", tags: 60, bytes: 1770 }]);
  assert.equal(flow?.sources.length, 10);
  assert.equal(flow?.sources.at(-1)?.host, "and 21 more");
  for (const all of [flow?.sources ?? [], flow?.links ?? []]) {
    assert.equal(
      all.reduce((sum, { bytes }) => sum + bytes, 0),
      1770,
    );
  }
});

test("each copied change knows its band, and a single band is not worth a picture", () => {
  const changes = [
    change({ source: from("a.example/x:1"), to: "t.example/x:1", bytes: 1 }),
    change({ source: from("b.example/y:1"), to: "t.example/x:2", bytes: 100 }),
    change({ source: from("a.example/x:1"), to: "t.example/x:3", bytes: 2 }),
    change({ source: from("a.example/x:1"), to: "t.example/x:4", action: "none" }),
  ];
  const linked = flowOf(changes);
  const sources = changes.map((one) => {
    const link = linked?.flow.links[linked.linkOf.get(one) ?? -1];
    return link === undefined ? undefined : linked?.flow.sources[link.source]?.host;
  });
  assert.deepEqual(sources, ["a.example", "b.example", "a.example", undefined]);
  assert.ok(linked !== undefined && isWorthDrawing(linked.flow));
  const [single] = changes;
  const alone = single === undefined ? undefined : flowOf([single, single]);
  assert.ok(alone !== undefined && !isWorthDrawing(alone.flow));
});
