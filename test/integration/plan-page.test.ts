import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { pathToFileURL } from "node:url";
import { join } from "node:path";
import type { Plan } from "../../src/model/plan.ts";
import { renderPlanPage } from "../../src/reporters/html/plan-page.ts";
import { change, FAILURE, NEW, OLD, PLAIN, plan, POSITION, reference, tagReference } from "../reporters/samples.ts";
import { shareChromium } from "../support/chromium.ts";
import {
  assertFitsPhone,
  assertHarmless,
  assertReadable,
  assertShowsHostileText,
  HOSTILE,
} from "../support/chromium/looks.ts";
import { makeFolder } from "../support/cli.ts";
import { requireProgram } from "../support/programs.ts";
import { createScope } from "../support/scope.ts";

const { onEnd } = createScope();
const open = shareChromium();

const BLOCK = { kind: "rule", position: { file: "images.yaml", line: 3, column: 5 }, pattern: "v*" } as const;
const from = (text: string) => ({ kind: "registry", reference: reference(text) }) as const;
const ERROR = {
  code: "DENIED",
  side: "source",
  reference: "quay.io/a:1",
  message: "no access",
  hint: "log in",
} as const;

const USUAL: Plan = {
  ...plan(
    change(),
    change({
      action: "update",
      to: "registry.example.com:5000/tools/a-rather-long-name/of-an-image:1.27",
      observed: OLD,
    }),
    change({
      action: "attach",
      to: "registry.example.com:5000/tools/cosign:2",
      observed: NEW,
      notes: ["1 signature to attach"],
    }),
    change({ action: "delete", to: "registry.example.com:5000/tools/cosign:1", observed: OLD }),
    change({ action: "blocked", to: "registry.example.com:5000/tools/cosign:v1", observed: OLD, block: BLOCK }),
    change({ action: "error", to: "registry.example.com:5000/tools/gone:1", error: ERROR }),
    change({ action: "none", to: "registry.example.com:5000/tools/cosign:3", observed: NEW }),
  ),
  failures: [FAILURE],
};

/** Two sources and two targets, with and without a size. */
const { bytes: _, ...SIZELESS } = change({ to: "r.example/b:2", source: from("quay.io/b:2") });
const FLOWING = plan(
  change({ to: "r.example/a:1", source: from("quay.io/a:1"), bytes: 1024 }),
  change({ to: "r.example/a:2", source: from("quay.io/a:2"), bytes: 2048, action: "update", observed: OLD }),
  change({ to: "r.example/b:1", source: from("quay.io/a:1"), bytes: 1024 }),
  SIZELESS,
  change({ to: "r.example/b:3", action: "none", observed: NEW }),
);

async function openPlan(t: TestContext, made: Plan, rest: Partial<Parameters<typeof renderPlanPage>[1]> = {}) {
  if (!requireProgram(t, "chromium")) return undefined;
  const folder = await makeFolder({ "plan.html": renderPlanPage(made, { ...PLAIN, ...rest }) });
  onEnd(folder.remove);
  return open(pathToFileURL(join(folder.path, "plan.html")).href);
}

/** An expression for the actions of the visible rows. */
const SEEN =
  "[...document.querySelectorAll('[data-action]')].filter((one) => one.checkVisibility()).map((one) => one.dataset.action)";

describe("the page of a plan in a browser", () => {
  it("is readable in both themes and fits a mobile screen", async (t) => {
    const page = await openPlan(t, USUAL, { orphaned: ["registry.example.com:5000/tools/cosign:0"] });
    if (page === undefined) return;
    await assertReadable(page);
    await assertFitsPhone(page);
    await assertReadable(page);
    await assertHarmless(page);
  });

  it("filters by action, target and text, and shows everything again when the filter is cleared", async (t) => {
    const page = await openPlan(t, USUAL);
    if (page === undefined) return;
    const all = ["blocked", "error", "error", "create", "update", "attach", "delete"];
    assert.deepEqual(await page.evaluate(SEEN), all);
    await page.click(".chip:has([value=update])");
    assert.deepEqual(await page.evaluate(SEEN), ["update"]);
    await page.click(".chip:has([value=none])");
    assert.deepEqual(await page.evaluate(SEEN), ["update", "none"], "a fold that has what is looked for opens");
    await page.click("[name=clear]");
    assert.deepEqual(await page.evaluate(SEEN), all);
    await page.click("[name=search]");
    await page.type("COSIGN signature");
    assert.deepEqual(await page.evaluate(SEEN), ["attach"]);
    assert.equal(await page.evaluate("document.querySelector('output').textContent"), "1 of 8");
    await page.click("[name=clear]");
    await page.click("[name=search]");
    await page.type(OLD.slice(7));
    assert.deepEqual(await page.evaluate(SEEN), ["blocked", "update", "delete"], "a whole digest is found");
    await page.click("[name=clear]");
    const choose = (value: string): Promise<unknown> =>
      page.evaluate(`(() => { const one = document.querySelector("[name=place]"); one.value = ${JSON.stringify(value)};
        one.dispatchEvent(new Event("input", { bubbles: true })); return one.selectedOptions[0].textContent; })()`);
    assert.equal(await choose("registry 0"), "all of registry.example.com:5000");
    assert.deepEqual(await page.evaluate(SEEN), ["blocked", "error", "update", "attach", "delete", "none"]);
    assert.equal(await choose("repository 0 0"), "tools/cosign");
    assert.deepEqual(await page.evaluate(SEEN), ["blocked", "attach", "delete", "none"]);
    await assertHarmless(page);
  });

  it("changes the totals of the plan, of each group and of each action with the filter", async (t) => {
    const page = await openPlan(t, USUAL);
    if (page === undefined) return;
    const texts = (selector: string): Promise<unknown> =>
      page.evaluate(
        `[...document.querySelectorAll("${selector}")].filter((one) => one.checkVisibility()).map((one) => one.innerText.replaceAll("\\n", " "))`,
      );
    const whole = await texts("#summary, .counts, .chip");
    await page.click("[name=search]");
    await page.type("cosign");
    assert.deepEqual(await texts("#summary"), [
      "Filtered: 1 to attach, 1 to delete, 1 unchanged, 1 blocked, at most 68.2 MiB to move",
    ]);
    assert.deepEqual(await texts(".counts"), ["1 attach 1 delete at most 68.2 MiB", "1 unchanged"]);
    assert.deepEqual(await texts(".chip"), [
      "create 0",
      "update 0",
      "attach 1",
      "delete 1",
      "unchanged 1",
      "blocked 1",
      "error 0",
    ]);
    await page.click(".chip:has([value=delete])");
    assert.deepEqual(await texts("#summary"), ["Filtered: 1 to delete"]);
    assert.deepEqual(await texts(".counts"), ["1 delete"]);
    assert.deepEqual(
      await texts(".chip:has([value=attach])"),
      ["attach 1"],
      "actions that are not chosen are counted too",
    );
    await page.click("[name=clear]");
    assert.deepEqual(await texts("#summary, .counts, .chip"), whole);
    await assertHarmless(page);
  });

  it("draws what the filter shows, and the whole plan again when the filter is cleared", async (t) => {
    const page = await openPlan(t, FLOWING);
    if (page === undefined) return;
    const drawn = `[...document.querySelectorAll("svg.wide g:not([hidden]) > title")].map((one) => one.textContent)`;
    const whole = await page.evaluate("document.getElementById('flow').outerHTML");
    assert.deepEqual(await page.evaluate(drawn), [
      "quay.io/a → r.example/a: 2 tags, 3.0 KiB",
      "quay.io/a → r.example/b: 1 tag, 1.0 KiB",
      "quay.io/b → r.example/b: 1 tag",
      "quay.io/a: 3 tags, 4.0 KiB",
      "quay.io/b: 1 tag",
      "r.example/a: 2 tags, 3.0 KiB",
      "r.example/b: 2 tags, 1.0 KiB",
    ]);
    await page.click(".chip:has([value=update])");
    assert.deepEqual(await page.evaluate(drawn), [
      "quay.io/a → r.example/a: 1 tag, 2.0 KiB",
      "quay.io/a: 1 tag, 2.0 KiB",
      "r.example/a: 1 tag, 2.0 KiB",
    ]);
    assert.equal(await page.evaluate("document.querySelector('svg.wide .amount').textContent"), "1 tag, 2.0 KiB");
    assert.equal(
      await page.evaluate("document.querySelector('svg.wide desc').textContent.slice(0, 48)"),
      "1 tag, 2.0 KiB, from 1 source to 1 target. A tab",
    );
    const table = `[...document.querySelectorAll("#flow tbody tr:not([hidden])")].map((one) => one.textContent.replaceAll(/\\s+/g, " ").trim())`;
    assert.deepEqual(await page.evaluate(table), ["quay.io/a r.example/a 1 2.0 KiB"]);
    await page.click(".chip:has([value=none])");
    await page.click(".chip:has([value=update])");
    assert.equal(await page.evaluate("document.getElementById('flow').checkVisibility()"), false, "nothing is copied");
    await page.click("[name=clear]");
    // the server's drawing and the script's are the same
    assert.equal(await page.evaluate("document.getElementById('flow').outerHTML"), whole);
    await assertHarmless(page);
  });

  it("says when nothing matches, and finds tags that are no longer in the manifest", async (t) => {
    const page = await openPlan(t, USUAL, { orphaned: ["r.example/old:1", "r.example/other:1"] });
    if (page === undefined) return;
    const seen = async (): Promise<string> => String(await page.evaluate("document.body.innerText"));
    assert.doesNotMatch(await seen(), /Nothing matches/);
    await page.click("[name=search]");
    await page.type("nowhere");
    assert.match(await seen(), /Filtered: nothing[\s\S]*Nothing matches the filter\./);
    assert.doesNotMatch(await seen(), /r\.example\/old/);
    await assertReadable(page);
    await page.click("[name=clear]");
    await page.click("[name=search]");
    await page.type("example/old");
    assert.doesNotMatch(await seen(), /Nothing matches|r\.example\/other/);
    assert.match(await seen(), /r\.example\/old:1/);
  });

  it("shows digests shortened, and in full on request", async (t) => {
    const page = await openPlan(t, plan(change()));
    if (page === undefined) return;
    const width =
      "(() => { const one = document.querySelector('.digest'); return [one.scrollWidth > one.clientWidth, one.textContent]; })()";
    assert.deepEqual(await page.evaluate(width), [true, NEW]);
    await page.click("#whole-digests");
    assert.deepEqual(await page.evaluate(width), [false, NEW]);
    await assertFitsPhone(page);
  });

  it("shows hostile tags, notes, errors, positions and names as plain text", async (t) => {
    const target = { ...tagReference("t.example/app:1"), tag: HOSTILE };
    const position = { ...POSITION, file: HOSTILE };
    const error = { code: "DENIED", side: "target", message: HOSTILE, hint: HOSTILE, reference: HOSTILE } as const;
    const elsewhere = { repository: { host: HOSTILE, path: HOSTILE }, tag: HOSTILE };
    const changes = [
      change({ target, notes: [HOSTILE], source: { kind: "docker-daemon", image: HOSTILE }, positions: [position] }),
      change({ target: elsewhere, source: { kind: "registry", reference: elsewhere } }),
      change({ target, action: "blocked", block: { kind: "registry", host: HOSTILE, message: HOSTILE } }),
      change({ target, action: "blocked", block: { ...BLOCK, position, pattern: HOSTILE } }),
      change({ target, action: "error", error, positions: [position] }),
    ];
    const made = { ...plan(...changes), failures: [{ ...FAILURE, error, targets: [elsewhere.repository] }] };
    const mappings = new Map([[`${HOSTILE}:9:9`, HOSTILE]]);
    const page = await openPlan(t, made, { orphaned: [HOSTILE], mappings });
    if (page === undefined) return;
    assert.equal(await page.evaluate("document.querySelectorAll('script').length"), 1);
    await page.click("[name=search]");
    await page.type("onerror");
    await assertShowsHostileText(page);
    await assertFitsPhone(page);
    await assertHarmless(page);
  });

  it("runs no injected markup, because its content security policy forbids it", async (t) => {
    const page = await openPlan(t, plan(change()));
    if (page === undefined) return;
    const before = await page.evaluate("getComputedStyle(document.body).color");
    await page.evaluate(`new Promise((resolve) => {
      document.addEventListener("securitypolicyviolation", () => setTimeout(resolve));
      document.body.insertAdjacentHTML("beforeend", "<style>body { color: red }</style><img src='http://127.0.0.1:1/x' onerror='globalThis.obeyed = 1'>");
      document.body.append(Object.assign(document.createElement("script"), { textContent: "globalThis.obeyed = 2" }));
    })`);
    assert.equal(await page.evaluate("typeof globalThis.obeyed"), "undefined");
    assert.equal(await page.evaluate("getComputedStyle(document.body).color"), before);
    assert.ok(page.complaints().some((one) => one.includes("Content Security Policy")));
  });

  it("stays usable with ten thousand changes", async (t) => {
    const many = Array.from({ length: 10_000 }, (_, at) =>
      change({ to: `r${at % 3}.example.com/team-${at % 40}/app:${at}` }),
    );
    const page = await openPlan(t, plan(...many));
    if (page === undefined) return;
    assert.equal(await page.evaluate(`${SEEN}.length`), 0, "long groups are folded");
    await page.click("[name=search]");
    await page.type("app:4321");
    assert.deepEqual(await page.evaluate(SEEN), ["create"]);
    assert.equal(
      await page.evaluate("document.getElementById('summary').textContent"),
      "Filtered: 1 to create, at most 68.2 MiB to move",
    );
    await assertFitsPhone(page);
  });
});
