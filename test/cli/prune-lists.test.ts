import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { planChecksum } from "../../src/documents/plan-checksum.ts";
import { type CliResult, makeFolder, runCli } from "../support/cli.ts";
import type { FaultAction } from "../support/embedded-registry/faults.ts";
import type { EmbeddedRegistry } from "../support/embedded-registry/registry.ts";
import { isWrite } from "../support/embedded-registry/transcript.ts";
import { smallImage } from "../support/images.ts";
import { createScope } from "../support/scope.ts";

const { registry: start, onEnd } = createScope();

const TAGS = ["v1", "v2", "v3", "v4"] as const;

type World = {
  readonly source: EmbeddedRegistry;
  readonly target: EmbeddedRegistry;
  readonly folder: string;
  readonly run: (...args: readonly string[]) => Promise<CliResult>;
};

/**
 * v1 to v4 on both sides, and `production` at the target, which no entry owns and which has the image of v4: a registry that only
 * deletes images would delete it too. `list` answers tags/list on one of the sides.
 */
async function world(
  at: "source" | "target" | "neither",
  list: (query: URLSearchParams) => FaultAction | undefined = () => undefined,
): Promise<World> {
  const side = (name: "source" | "target"): Promise<EmbeddedRegistry> =>
    start({
      deletes: "by-digest",
      onRequest: ({ kind, query }) => (kind === "tags" && name === at ? list(query) : undefined),
    });
  const [source, target] = [await side("source"), await side("target")];
  for (const [index, tag] of TAGS.entries()) {
    source.putImage("app", tag, smallImage(index));
    target.putImage("app", tag, smallImage(index));
  }
  target.putImage("app", "production", smallImage(3));
  const folder = await makeFolder();
  onEnd(folder.remove);
  await folder.write(
    "images.yaml",
    `version: 1
registries:
  ${source.host}: { plainHttp: true }
  ${target.host}: { plainHttp: true }
images:
  - { source: ${source.host}/app, target: ${target.host}/app, prune: true, tags: [{ glob: "v*" }] }
`,
  );
  return { source, target, folder: folder.path, run: (...args) => runCli(args, { cwd: folder.path }) };
}

const list = (value: unknown, link?: string | readonly string[]): FaultAction => ({
  kind: "answer",
  status: 200,
  headers: { "content-type": "application/json", link },
  body: JSON.stringify(value),
});
const NEXT = '</v2/app/tags/list?last=v2>; rel="next"';
const first = (link: string | readonly string[]): FaultAction => list({ tags: ["v1", "v2"] }, link);
const rest = list({ tags: ["v3", "v4", "production"] });
const paged =
  (link: string | readonly string[], second: FaultAction = rest) =>
  (query: URLSearchParams): FaultAction =>
    query.has("last") ? second : first(link);

type Listing = { readonly name: string; readonly list: (query: URLSearchParams) => FaultAction };

/** Complete lists in unusual forms. */
const READABLE: readonly Listing[] = [
  { name: "the next page in the second Link field", list: paged(['</help>; rel="help"', NEXT]) },
  {
    name: "a Link with further parameters and a comma",
    list: paged('</v2/app/tags/list?last=v2>; title="a, b"; rel="last next"'),
  },
  {
    name: "pages cut at n without a Link",
    list: (query) => {
      const all = Array.from({ length: 1200 }, (_, at) => `a${String(at).padStart(4, "0")}`).concat("production", TAGS);
      return list({ tags: all.filter((tag) => tag > (query.get("last") ?? "")).slice(0, Number(query.get("n"))) });
    },
  },
];

/** Incomplete or invalid lists. */
const UNREADABLE: readonly Listing[] = [
  { name: "a Link without a relation", list: paged("</v2/app/tags/list?last=v2>") },
  { name: "a Link with an invalid URL", list: paged("<http://[>; rel=next") },
  { name: "a second page with errors in place of tags", list: paged(NEXT, list({ errors: [{ code: "UNKNOWN" }] })) },
  { name: "a second page without tags", list: paged(NEXT, list({ name: "app" })) },
  { name: "a second page that is missing", list: paged(NEXT, { kind: "answer", status: 404 }) },
  { name: "tags that are not a list", list: () => list({ tags: { v1: 1 } }) },
  { name: "tags that are not strings", list: () => list({ tags: [1, null] }) },
  { name: "tags beside an error", list: () => list({ tags: ["v1"], errors: [{ code: "UNKNOWN" }] }) },
  { name: "a refused list", list: () => ({ kind: "answer", status: 405 }) },
];

/** Valid lists that omit existing tags; the lists themselves do not reveal it. */
const WRONG: readonly Listing[] = [
  { name: "a truncated list", list: () => list({ tags: ["v1", "v2"] }) },
  { name: "null instead of a list", list: () => list({ tags: null }) },
];

function assertNothingDeleted({ target }: World): void {
  assert.deepEqual([...target.store.tags("app").keys()].toSorted(), ["production", ...TAGS]);
  assert.deepEqual(
    target.log.filter(({ method }) => method === "DELETE"),
    [],
  );
}

describe("prune deletes nothing", () => {
  for (const at of ["source", "target"] as const) {
    for (const { name, list: answer } of READABLE) {
      it(`for an unusual tag list at the ${at}: ${name}`, async () => {
        const made = await world(at, answer);
        const { code, stdout, stderr } = await made.run("apply", "--yes");
        assertNothingDeleted(made);
        assert.equal(code, 0, stdout + stderr);
      });
    }
    for (const { name, list: answer } of UNREADABLE) {
      it(`for an unreadable tag list at the ${at}, which is an error: ${name}`, async () => {
        const made = await world(at, answer);
        if (at === "target") made.source.store.deleteTag("app", "v4");
        const { code, stdout, stderr } = await made.run("apply", "--yes");
        assertNothingDeleted(made);
        assert.notEqual(code, 0, stdout + stderr);
      });
    }
  }
  for (const { name, list: answer } of WRONG) {
    it(`for an incomplete tag list at the source, which is an error: ${name}`, async () => {
      const made = await world("source", answer);
      const { code, stdout, stderr } = await made.run("apply", "--yes");
      assertNothingDeleted(made);
      assert.notEqual(code, 0, stdout + stderr);
    });
  }

  it("at a registry that only deletes images if a tag that no entry owns has the same image", async () => {
    const made = await world("neither");
    made.source.store.deleteTag("app", "v4");
    const { code, stdout, stderr } = await made.run("apply", "--yes");
    assert.deepEqual([...made.target.store.tags("app").keys()].toSorted(), ["production", ...TAGS]);
    assert.equal(code, 3, stdout + stderr);
  });
});

describe("prune", () => {
  it("deletes a tag that is gone at the source, after requesting it by name before the plan and before the delete", async () => {
    const made = await world("neither");
    made.source.store.deleteTag("app", "v2");
    const { code, stdout, stderr } = await made.run("apply", "--yes");
    assert.equal(code, 0, stdout + stderr);
    assert.deepEqual([...made.target.store.tags("app").keys()].toSorted(), ["production", "v1", "v3", "v4"]);
    const asked = made.source.log.filter(({ kind, reference }) => kind === "manifest" && reference === "v2");
    assert.deepEqual(
      asked.map(({ method }) => method),
      ["HEAD", "GET", "HEAD", "GET"],
    );
  });

  it("deletes nothing when the source's 404 is not about the tag", async () => {
    const withheld = JSON.stringify({
      errors: [{ code: "MANIFEST_UNKNOWN", message: "has media type X, not accepted" }],
    });
    const nameUnknown = JSON.stringify({ errors: [{ code: "NAME_UNKNOWN", message: "repository name not known" }] });
    const denied = JSON.stringify({ errors: [{ code: "DENIED", message: "not found" }] });
    for (const body of ["404 page not found", "<html>404 Not Found</html>", withheld, nameUnknown, denied]) {
      const made = await world("neither");
      const front = await start({
        store: made.source.store,
        onRequest: ({ kind, reference }) =>
          kind === "manifest" && reference === "v2" ? { kind: "answer", status: 404, body } : undefined,
      });
      const text = await readFile(join(made.folder, "images.yaml"), "utf8");
      await writeFile(join(made.folder, "images.yaml"), text.replaceAll(made.source.host, front.host));
      made.source.store.deleteTag("app", "v2");
      const { code, stdout, stderr } = await made.run("apply", "--yes");
      assertNothingDeleted(made);
      assert.equal(code, 1, stdout + stderr);
      assert.match(stdout + stderr, /not deleted, because its source is unknown: it answered 404/);
    }
  });

  it("deletes nothing when the tag reappears between plan and delete", async () => {
    const made = await world("neither");
    const image = smallImage(1);
    made.source.store.deleteTag("app", "v2");
    made.source.putImage("app", "v5", smallImage(5));
    const back = await start({
      store: made.target.store,
      onRequest: ({ method, reference }) => {
        if (method === "PUT" && reference === "v5") made.source.putImage("app", "v2", image);
        return undefined;
      },
    });
    const text = await readFile(join(made.folder, "images.yaml"), "utf8");
    await writeFile(join(made.folder, "images.yaml"), text.replaceAll(made.target.host, back.host));
    const { code, stdout, stderr } = await made.run("apply", "--yes");
    assert.equal(code, 4, stdout + stderr);
    assert.ok(back.store.tags("app").has("v2"));
    assert.match(stdout + stderr, /one of its selectors selects it/);
  });
});

describe("a saved plan", () => {
  type Document = { changes: Record<string, unknown>[] };
  const planFile = (made: World): string => join(made.folder, "plan.json");
  const edit = async (made: World, change: (document: Document) => void, seal = true): Promise<void> => {
    const document = JSON.parse(await readFile(planFile(made), "utf8")) as Document;
    change(document);
    const checksum = seal ? { checksum: planChecksum(document) } : {};
    await writeFile(planFile(made), JSON.stringify({ ...document, ...checksum }));
  };
  const deletion = (document: Document, tag: string, digest: string): Record<string, unknown> => {
    const { wanted: _, sourceDigest: __, ...rest } = document.changes[0] ?? {};
    const [source, target] = [String(rest["source"]), String(rest["target"])].map((text) =>
      text.replace(/:v\d$/, `:${tag}`),
    );
    return { ...rest, action: "delete", source, target, observed: digest };
  };
  const assertRefused = async (made: World, pattern: RegExp): Promise<void> => {
    made.target.clearLog();
    const { code, stdout, stderr } = await made.run("apply", "plan.json", "--yes");
    assert.equal(code, 1, stdout + stderr);
    assert.match(stderr, pattern);
    assert.deepEqual(made.target.log.filter(isWrite), []);
    assertNothingDeleted(made);
  };

  it("is refused before the first write if it was edited", async () => {
    const made = await world("neither");
    made.source.putImage("app", "v4", smallImage(9));
    await made.run("plan", "--out", "plan.json");
    const other = smallImage(0).digest;
    await edit(made, ({ changes }) => Object.assign(changes[3] ?? {}, { wanted: other, sourceDigest: other }), false);
    await assertRefused(made, /was changed after it was made: its checksum does not match/);
  });

  it("is refused if it was edited to delete a selected tag, even with a matching checksum", async () => {
    const made = await world("neither");
    await made.run("plan", "--out", "plan.json");
    await edit(made, (document) => {
      document.changes = document.changes.map((change) =>
        String(change["target"]).endsWith(":v1") ? deletion(document, "v1", smallImage(0).digest) : change,
      );
    });
    await assertRefused(made, /the manifest declares it, or one of its selectors selects it; nothing was written/);
  });

  it("is applied after it was reformatted", async () => {
    const made = await world("neither");
    made.source.store.deleteTag("app", "v2");
    await made.run("plan", "--out", "plan.json");
    await edit(made, () => undefined, false);
    const { code, stdout, stderr } = await made.run("apply", "plan.json", "--yes");
    assert.equal(code, 0, stdout + stderr);
    assert.equal(made.target.store.tags("app").has("v2"), false);
  });
});
