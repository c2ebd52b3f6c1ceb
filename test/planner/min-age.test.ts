import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { digestOf } from "../../src/model/digest.ts";
import { decodePlan, encodePlan } from "../../src/documents/plan-document.ts";
import type { Plan } from "../../src/model/plan.ts";
import type { SyncManifest } from "../../src/model/sync-manifest.ts";
import type { PlanOptions } from "../../src/planner/facts/plan-options.ts";
import { withOrigins } from "../../src/planner/origins.ts";
import { recheckPlan, recheckQuestions } from "../../src/planner/recheck.ts";
import { applyLock } from "../../src/manifest/apply-lock.ts";
import { makePlan } from "../../src/planner/plan.ts";
import { makePullList, nextPullQuestions } from "../../src/planner/pull-list.ts";
import { checkSavedPlan } from "../../src/planner/saved-plan.ts";
import { entriesOf, findings, imagesFile, parseFit } from "../manifest/parse/support/parse.ts";
import { withoutOrigins } from "./support/saved.ts";
import { answerAll, type World } from "./support/world.ts";

const NOW = new Date("2026-03-10T12:00:00Z");
const OLD = "2026-03-01T00:00:00Z";
const YOUNG = "2026-03-09T12:00:00Z";

/** Returns the images of s.test/app by word, each with its creation time. */
function images(made: Readonly<Record<string, string | null>>): Pick<World, "manifests" | "created"> {
  const all = Object.entries(made);
  return {
    manifests: Object.fromEntries(
      all.map(([word]) => [
        `s.test/app@${word}`,
        { type: "ociManifest", json: { config: { mediaType: "c", digest: `${word}-config`, size: 1 }, layers: [] } },
      ]),
    ),
    created: Object.fromEntries(all.map(([word, time]) => [`s.test/app@${word}-config`, time])),
  };
}

function entry(tags: string, rest = ""): string {
  return `images:\n  - { source: s.test/app, target: t.test/app, referrers: false, minAge: 72h, tags: ${tags}${rest} }\n`;
}

type Planned = { readonly plan: Plan; readonly asked: readonly string[]; readonly manifest: SyncManifest };

function planFor(manifest: SyncManifest, world: World, options: PlanOptions = {}): Planned {
  const timed = { now: NOW, ...options };
  const { snapshot, asked } = answerAll(manifest, world, timed);
  return { plan: makePlan(manifest, snapshot, timed), asked, manifest };
}

function planOf(text: string, world: World, options: PlanOptions = {}): Planned {
  return planFor(parseFit(`version: 1\n${text}`), world, options);
}

function actions({ plan }: Planned): readonly string[] {
  return plan.changes.map(({ action, target }) => `${action} ${target.tag}`);
}

describe("minAge", () => {
  it("holds back an image that is too new, with its time, the origin of that time and the due date", () => {
    const planned = planOf(entry("[stable]"), {
      resolved: { "s.test/app:stable": "two", "t.test/app:stable": "one" },
      ...images({ two: YOUNG }),
    });
    const [change] = planned.plan.changes;
    assert.equal(change?.action, "held");
    assert.deepEqual(change.held, { since: new Date(YOUNG), by: "image", due: new Date("2026-03-12T12:00:00Z") });
    assert.equal(change.observed, digestOf("one"), "the old one stays");
    assert.deepEqual(decodePlan(encodePlan(planned.plan)), withoutOrigins(planned.plan));
    assert.deepEqual(checkSavedPlan(planned.plan, planned.manifest), []);
  });

  it("copies an image that is old enough, to the second", () => {
    const world = {
      resolved: { "s.test/app:a": "one", "t.test/app:a": null, "s.test/app:b": "two", "t.test/app:b": null },
      ...images({ one: "2026-03-07T12:00:00Z", two: "2026-03-07T12:00:01Z" }),
    };
    assert.deepEqual(actions(planOf(entry("[a, b]"), world)), ["create a", "held b"]);
  });

  it("asks nothing about an image in place, and nothing further about one that it holds back", () => {
    const inPlace = planOf(entry("[a]"), { resolved: { "s.test/app:a": "one", "t.test/app:a": "one" } });
    assert.deepEqual([actions(inPlace), inPlace.asked.length], [["none a"], 2]);
    const held = planOf(entry("[a]", ", backup: '{tag}-old'"), {
      resolved: { "s.test/app:a": "two", "t.test/app:a": "one" },
      ...images({ two: YOUNG }),
    });
    assert.deepEqual(
      held.asked.map((line) => line.replace(/@.*/, "")),
      [
        "1 resolve target t.test/app:a",
        "1 resolve source s.test/app:a",
        "2 manifest s.test/app",
        "3 created s.test/app",
      ],
    );
  });

  it("uses the registry's upload time when its list has one, and the image's own time otherwise", () => {
    const world: World = {
      tags: { "s.test/app": { digests: { a: "one", b: "two", c: "three" }, uploaded: { one: OLD, two: YOUNG } } },
      resolved: { "t.test/app:a": null, "t.test/app:b": null, "t.test/app:c": null },
      ...images({ one: YOUNG, two: OLD, three: YOUNG }),
    };
    const planned = planOf(entry("[a, b, c]"), world, { listsDigests: (host) => host === "s.test" });
    assert.deepEqual(actions(planned), ["create a", "held b", "held c"]);
    assert.deepEqual(
      planned.plan.changes.map(({ held }) => held?.by),
      [undefined, "registry", "image"],
    );
    const created = planned.asked.filter((line) => line.includes("created"));
    assert.equal(created.length, 1, "only for the one that the list says nothing of");
  });

  it("is an error when a list with upload times cannot be read, because the image's own time does not replace it", () => {
    const world: World = {
      tags: { "s.test/app": { error: { code: "REGISTRY_ERROR", message: "no" } } },
      resolved: { "s.test/app:a": "one", "t.test/app:a": null },
      ...images({ one: OLD }),
    };
    const { plan } = planOf(entry("[a]"), world, { listsDigests: (host) => host === "s.test" });
    assert.deepEqual(
      plan.changes.map(({ action, error }) => [action, error?.code]),
      [["error", "REGISTRY_ERROR"]],
    );
  });

  it("has a due date even for an image from the end of the year 9999", () => {
    const { plan } = planOf(entry("[a]"), {
      resolved: { "s.test/app:a": "one", "t.test/app:a": null },
      ...images({ one: "9999-12-31T23:59:59Z" }),
    });
    assert.match(encodePlan(plan).changes[0]?.held?.due ?? "", /^9999-12-31T/);
  });

  it("is an error with a hint when the image's age is unknown", () => {
    for (const time of [null, "1970-01-01T00:00:00Z", "1980-01-01T00:00:01Z"]) {
      const { plan } = planOf(entry("[a]"), {
        resolved: { "s.test/app:a": "one", "t.test/app:a": null },
        ...images({ one: time }),
      });
      const [change] = plan.changes;
      assert.deepEqual([change?.action, change?.error?.code], ["error", "DATE_UNKNOWN"]);
      assert.match(change?.error?.hint ?? "", /exclude/);
    }
  });

  it("applies to pins and to tags that templates make", () => {
    const digits = digestOf("one").slice("sha256:".length, "sha256:".length + 8);
    const text = entry(`[{ from: '${digestOf("one")}', to: [pin, 'pin-{digest:8}'] }]`);
    const { plan } = planOf(text, {
      resolved: { "s.test/app@one": "one", "t.test/app:pin": null, [`t.test/app:pin-${digits}`]: null },
      ...images({ one: YOUNG }),
    });
    assert.deepEqual(
      plan.changes.map(({ action }) => action),
      ["held", "held"],
    );
  });

  it("of the strictest entry applies when two entries map the same tag", () => {
    const other = entry("[a]").replace("images:\n", "").replace("72h", "1h");
    const world = { resolved: { "s.test/app:a": "one", "t.test/app:a": null }, ...images({ one: YOUNG }) };
    assert.deepEqual(actions(planOf(`${entry("[a]")}${other}`, world)), ["held a"]);
    assert.deepEqual(actions(planOf(`images:\n${other}`, world)), ["create a"]);
  });

  it("leaves an immutable tag blocked, whatever its age", () => {
    const rule = "immutable: [{ repositories: '**' }]\n";
    const world = { resolved: { "s.test/app:a": "two", "t.test/app:a": "one" } };
    assert.deepEqual(actions(planOf(`${rule}${entry("[a]")}`, world)), ["blocked a"]);
  });
});

describe("minAge with latest", () => {
  const tags = ["1.0.0", "1.1.0", "1.2.0", "1.3.0"];
  const newest = (rest = ""): string => entry("[{ semver: '*', latest: 2 }]", rest);

  function world(made: Readonly<Record<string, string | null>>, target: Readonly<Record<string, string>>): World {
    const listed = tags.filter((tag) => tag in made);
    return {
      tags: { "s.test/app": listed, "t.test/app": Object.keys(target) },
      resolved: Object.fromEntries(
        [...new Set([...tags, ...Object.keys(target)])].flatMap((tag) => [
          [`s.test/app:${tag}`, listed.includes(tag) ? tag.replaceAll(".", "_") : null],
          [`t.test/app:${tag}`, target[tag] ?? null],
        ]),
      ),
      ...images(Object.fromEntries(Object.entries(made).map(([tag, time]) => [tag.replaceAll(".", "_"), time]))),
    };
  }

  it("selects the newest tags that are old enough, and shows newer ones as held back", () => {
    const planned = planOf(newest(), world({ "1.0.0": OLD, "1.1.0": OLD, "1.2.0": OLD, "1.3.0": YOUNG }, {}));
    assert.deepEqual(actions(planned), ["create 1.1.0", "create 1.2.0", "held 1.3.0"]);
  });

  it("asks only about as many tags as it needs", () => {
    const planned = planOf(newest(), world({ "1.0.0": OLD, "1.1.0": OLD, "1.2.0": OLD, "1.3.0": YOUNG }, {}));
    assert.ok(!planned.asked.some((line) => line.includes("app:1.0.0")), planned.asked.join("\n"));
    const looked = planned.asked.filter((line) => line.includes("created"));
    assert.equal(looked.length, 3);
  });

  it("counts images in place without asking for their age", () => {
    const planned = planOf(
      newest(),
      world({ "1.2.0": YOUNG, "1.3.0": YOUNG, "1.1.0": OLD }, { "1.2.0": "1_2_0", "1.3.0": "1_3_0" }),
    );
    assert.deepEqual(actions(planned), ["none 1.2.0", "none 1.3.0"]);
    assert.ok(!planned.asked.some((line) => line.includes("created")));
  });

  it("does not prune the older tags that it selects in place of held ones", () => {
    const made = { "1.0.0": OLD, "1.1.0": OLD, "1.2.0": OLD, "1.3.0": YOUNG };
    const target = { "1.0.0": "1_0_0", "1.1.0": "1_1_0", "1.2.0": "1_2_0" };
    const planned = planOf(newest(", prune: true"), world(made, target));
    assert.deepEqual(actions(planned), ["none 1.1.0", "none 1.2.0", "held 1.3.0", "delete 1.0.0"]);
  });

  it("prunes nothing while every tag at the source is too new", () => {
    for (const text of [newest(", prune: true"), entry("[{ semver: '*' }]", ", prune: true")]) {
      const planned = planOf(text, world({ "1.3.0": YOUNG }, { "1.1.0": "1_1_0", "1.2.0": "1_2_0" }));
      assert.deepEqual(actions(planned), ["held 1.3.0"]);
    }
  });

  it("never prunes a tag whose image at the source is too new", () => {
    const planned = planOf(
      newest(", prune: true"),
      world({ "1.1.0": OLD, "1.2.0": OLD, "1.3.0": YOUNG }, { "1.1.0": "1_1_0", "1.2.0": "1_2_0", "1.3.0": "before" }),
    );
    assert.deepEqual(actions(planned), ["none 1.1.0", "none 1.2.0", "held 1.3.0"]);
  });

  it("prunes nothing when a lock file contains a tag that is held back", () => {
    const manifest = parseFit(`version: 1\n${newest(", prune: true")}`);
    const locked = applyLock(manifest, {
      locked: [
        {
          source: "s.test/app",
          mapping: 'semver "*", latest 2',
          tags: new Map([
            ["1.2.0", digestOf("1_2_0")],
            ["1.3.0", digestOf("1_3_0")],
          ]),
        },
      ],
    });
    assert.deepEqual(locked.missing, []);
    const { resolved, ...rest } = world({ "1.2.0": OLD, "1.3.0": YOUNG }, { "1.1.0": "1_1_0", "1.2.0": "1_2_0" });
    const pinned = { ...rest, resolved: { ...resolved, "s.test/app@1_3_0": "1_3_0" } };
    assert.deepEqual(actions(planFor(locked.manifest, pinned)), ["none 1.2.0", "held 1.3.0"]);
  });

  it("counts an image of unknown age as selected, so that the search ends", () => {
    const planned = planOf(newest(), world({ "1.0.0": OLD, "1.1.0": OLD, "1.2.0": OLD, "1.3.0": null }, {}));
    assert.deepEqual(actions(planned), ["create 1.2.0", "error 1.3.0"]);
  });

  it("does not fail when every selected image is too new", () => {
    const { plan } = planOf(newest(), world({ "1.2.0": YOUNG, "1.3.0": YOUNG }, {}));
    assert.deepEqual([plan.failures, plan.changes.map(({ action }) => action)], [undefined, ["held", "held"]]);
  });
});

describe("minAge of a saved plan", () => {
  it("is checked again, so that an edited plan cannot bypass it", () => {
    const world = { resolved: { "s.test/app:a": "one", "t.test/app:a": null }, ...images({ one: YOUNG }) };
    const { plan, manifest } = planOf(entry("[a]"), world);
    const changes = plan.changes.map((change) => {
      const { held: _, ...rest } = change;
      return { ...rest, action: "create" as const };
    });
    assert.deepEqual(checkSavedPlan({ ...plan, changes }, manifest), []);
    const { snapshot } = answerAll(manifest, world, { now: NOW });
    const saved = withOrigins(decodePlan(encodePlan({ ...plan, changes })), manifest);
    const request = { changes: saved.changes, manifest, moment: "saved", options: { now: NOW } } as const;
    assert.equal(recheckQuestions(request, snapshot).length, 0);
    assert.deepEqual(
      recheckPlan(request, snapshot).map(({ action }) => action),
      ["held"],
    );
  });
});

describe("minAge of a pull list", () => {
  it("does not report held images as missing, but still reports others", () => {
    const manifest = parseFit(`version: 1\n${entry("[a, b]")}`);
    const world = {
      resolved: { "s.test/app:a": "one", "t.test/app:a": null, "s.test/app:b": "two", "t.test/app:b": null },
      ...images({ one: YOUNG, two: OLD }),
    };
    const { snapshot } = answerAll(manifest, world, { now: NOW });
    assert.deepEqual(nextPullQuestions(manifest, snapshot, { now: NOW }), []);
    const { targets } = makePullList(manifest, snapshot, { now: NOW });
    assert.deepEqual(
      targets.map(({ target, error }) => [target.tag, error?.code]),
      [["b", "TARGET_NOT_FOUND"]],
    );
  });
});

describe("minAge in images.yaml", () => {
  const ages = (text: string): readonly (number | undefined)[] => entriesOf(text).map(({ minAgeMs }) => minAgeMs);

  it("is a number of minutes, hours or days, for an entry or for all of a file", () => {
    assert.deepEqual(ages("{ source: a/b, target: r.io/c, minAge: 30m }"), [1_800_000]);
    assert.deepEqual(ages("{ source: a/b, target: r.io/c, minAge: 3d }"), [259_200_000]);
    const { entries } = parseFit(
      "version: 1\ndefaults: { minAge: 72h }\nimages: [{ source: a/b, target: r.io/c }, { source: a/d, target: r.io/d, minAge: 0h }, { source: 'docker-daemon:x', target: r.io/e }]\n",
    );
    assert.deepEqual(
      entries.map(({ minAgeMs }) => minAgeMs),
      [259_200_000, undefined, undefined],
    );
  });

  it("is refused with a reason when it is invalid", () => {
    const problem = (text: string): string => findings(imagesFile(text))[0] ?? "";
    assert.match(problem("{ source: a/b, target: r.io/c, minAge: 72 }"), /^images\.yaml:3:\d+ "72" is not an age/);
    assert.match(problem("{ source: 'docker-daemon:x', target: r.io/c, minAge: 72h }"), /a local image has no minAge/);
  });
});
