import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { artifact, smallImage } from "../support/images.ts";
import { reference } from "../support/changes.ts";
import { createHold } from "../support/hold.ts";
import { calm, createScope } from "../support/scope.ts";

const { registry: start, client } = createScope();
const app = smallImage(1);

function of(
  host: string,
  repository = "app",
): { repository: ReturnType<typeof reference>["repository"]; digest: typeof app.digest } {
  return { repository: reference(`${host}/${repository}`).repository, digest: app.digest };
}

describe("listing referrers", () => {
  it("follows pages", async () => {
    const registry = await start({ pageSize: 2 });
    const proofs = Array.from({ length: 5 }, (_, at) => artifact(app, { artifactType: "a/b", content: String(at) }));
    for (const proof of proofs) registry.putImage("app", undefined, proof);
    const found = await client().reader.listReferrers(of(registry.host), calm);
    assert.deepEqual(found?.map(({ digest }) => digest).toSorted(), proofs.map(({ digest }) => digest).toSorted());
    assert.equal(registry.log.length, 3);
  });

  it("asks a host without support only once, also for concurrent requests", async () => {
    const registry = await start({ referrers: false });
    const { reader } = client();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, at) => reader.listReferrers(of(registry.host, `app${at}`), calm)),
    );
    assert.ok(answers.every((answer) => answer === undefined));
    assert.equal(await reader.listReferrers(of(registry.host), calm), undefined);
    assert.equal(registry.log.length, 1);
  });

  it("does not take the end of the first question for that of the probe: the others send their own", async () => {
    const hold = createHold();
    const registry = await start({ onRequest: async () => hold.pass() });
    registry.putImage("app", undefined, artifact(app, { artifactType: "a/b", content: "1" }));
    const { reader } = client();
    const giving = new AbortController();
    const first = reader.listReferrers(of(registry.host), giving);
    await hold.arrived;
    const second = reader.listReferrers(of(registry.host), calm);
    const leaving = new AbortController();
    const third = reader.listReferrers(of(registry.host), leaving);
    leaving.abort(new Error("no time"));
    await assert.rejects(third, { message: "no time" });
    giving.abort(new Error("gave up"));
    await assert.rejects(first, { message: "gave up" });
    hold.release();
    assert.equal((await second)?.length, 1);
    assert.equal((await reader.listReferrers(of(registry.host), calm))?.length, 1);
  });

  for (const [what, body, count] of [
    ["the list", { schemaVersion: 2, mediaType: null, manifests: null }, 0],
    [
      "all that is optional",
      {
        schemaVersion: 2,
        mediaType: "application/vnd.oci.image.index.v1+json",
        subject: null,
        annotations: null,
        manifests: [{ mediaType: null, artifactType: null, annotations: null, digest: app.digest, size: 1 }],
      },
      1,
    ],
  ] as const) {
    it(`reads null for ${what} as if it were absent`, async () => {
      const registry = await start({
        onRequest: () => ({ kind: "answer", status: 200, body: JSON.stringify(body) }),
      });
      const found = await client().reader.listReferrers(of(registry.host), calm);
      assert.equal(found?.length, count);
    });
  }

  it("treats a refusal or a web page as a host without support", async () => {
    for (const answer of [
      { status: 405, body: "" },
      { status: 403, body: '{"errors":[{"code":"DENIED"}]}' },
      { status: 200, body: "<html>welcome</html>" },
    ]) {
      const registry = await start({ onRequest: () => ({ kind: "answer", ...answer }) });
      assert.equal(await client().reader.listReferrers(of(registry.host), calm), undefined);
    }
  });

  it("fails when the host is broken, filters without being asked, repeats a page or links to another host", async () => {
    const empty = '{"schemaVersion":2,"manifests":[]}';
    for (const [answer, code] of [
      [{ status: 500, body: "" }, "REGISTRY_ERROR"],
      [{ status: 200, body: '{"manifests":[{"digest":"sha256:../../x"}]}' }, "REGISTRY_PROTOCOL"],
      [{ status: 200, body: empty, headers: { "oci-filters-applied": "artifactType" } }, "REGISTRY_PROTOCOL"],
      [
        { status: 200, body: empty, headers: { link: `</v2/app/referrers/${app.digest}?last=a>; rel="next"` } },
        "LIMIT_EXCEEDED",
      ],
      [
        { status: 200, body: empty, headers: { link: '<https://evil.example.com/v2/x>; rel="next"' } },
        "EGRESS_REFUSED",
      ],
    ] as const) {
      const registry = await start({ onRequest: () => ({ kind: "answer", ...answer }) });
      await assert.rejects(client().reader.listReferrers(of(registry.host), calm), { code });
    }
  });
});
