import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Answer } from "../../src/model/answer.ts";
import { EMPTY_SNAPSHOT, type Snapshot } from "../../src/model/snapshot.ts";
import type { Change, Plan } from "../../src/model/plan.ts";
import { makePlan } from "../../src/planner/plan.ts";
import { recheckPlan, recheckQuestions } from "../../src/planner/recheck.ts";
import { requiredSignatures } from "../../src/planner/rules/signatures.ts";
import { entriesOf, findings, imagesFile, parseFit } from "../manifest/parse/support/parse.ts";
import { answerAll, digestNamed, type World } from "./support/world.ts";

const KEY = "verify: { key: keys/cosign.pub }";
const IMAGE = { type: "ociManifest", json: { config: { mediaType: "c", digest: "config", size: 1 }, layers: [] } };
const INVALID = { code: "SIGNATURE_INVALID", message: "it is not signed", hint: "sign it" } as const;

function planOf(entries: string, world: World): { readonly plan: Plan; readonly asked: readonly string[] } {
  const manifest = parseFit(`version: 1\nimages:\n${entries}`);
  const { snapshot, asked } = answerAll(manifest, world, {});
  return { plan: makePlan(manifest, snapshot, {}), asked };
}

function entry(rest: string, target = "t.test/app"): string {
  return `  - { source: s.test/app, target: ${target}, referrers: false, ${rest} }\n`;
}

function only({ changes }: Plan): Change {
  const [first, ...others] = changes;
  assert.ok(first !== undefined && others.length === 0);
  return first;
}

describe("verify", () => {
  const create = {
    resolved: { "s.test/app:v1": "one", "t.test/app:v1": null },
    manifests: { "s.test/app@one": IMAGE },
  };

  it("accepts a signed image and names the signer", () => {
    const { plan, asked } = planOf(entry(`tags: [v1], ${KEY}`), {
      ...create,
      signatures: { "s.test/app@one": "signed" },
    });
    const { action, notes } = only(plan);
    assert.equal(action, "create");
    assert.deepEqual(notes, ['signed by the key "keys/cosign.pub"']);
    // the check may run a program, so it comes last
    assert.equal(asked.at(-1), `3 signature s.test/app@${digestNamed("one")} by the key "keys/cosign.pub"`);
  });

  it("is an error for an unsigned image, with the position that requires the signature", () => {
    const { plan } = planOf(entry(`tags: [v1], ${KEY}`), {
      ...create,
      signatures: { "s.test/app@one": { error: INVALID } },
    });
    const { action, error } = only(plan);
    assert.equal(action, "error");
    assert.equal(error?.code, "SIGNATURE_INVALID");
    assert.equal(error?.side, "source");
    assert.equal(error?.reference, `s.test/app@${digestNamed("one")}`);
    assert.equal(error?.hint, "sign it; verify at images.yaml:3:85 requires it");
  });

  it("asks nothing about an image in place, or for an entry that requires no signature", () => {
    const unchanged = { resolved: { "s.test/app:v1": "one", "t.test/app:v1": "one" } };
    assert.equal(only(planOf(entry(`tags: [v1], ${KEY}`), unchanged).plan).action, "none");
    assert.equal(only(planOf(entry("tags: [v1]"), create).plan).action, "create");
    const text = `  - { source: s.test/app, target: t.test/app, referrers: false, tags: [v1], verify: false }\n`;
    const manifest = parseFit(`version: 1\ndefaults: { ${KEY} }\nimages:\n${text}`);
    assert.equal(manifest.entries[0]?.verify, undefined);
  });

  it("notes that the signature was not checked when no program may be run", () => {
    const { plan } = planOf(entry(`tags: [v1], ${KEY}`), { ...create, signatures: { "s.test/app@one": null } });
    assert.deepEqual(only(plan).notes, ["signature not checked: --untrusted runs no programs"]);
  });

  it("checks the digest of the source when the target gets another one", () => {
    const index = {
      type: "ociIndex",
      json: {
        manifests: ["amd64", "arm64"].map((architecture) => ({
          mediaType: "application/vnd.oci.image.manifest.v1+json",
          digest: architecture,
          size: 1,
          platform: { os: "linux", architecture },
        })),
      },
    };
    const { asked } = planOf(entry(`tags: [v1], platforms: [linux/arm64], ${KEY}`), {
      resolved: { "s.test/app:v1": { digest: "one", type: "ociIndex" }, "t.test/app:v1": null },
      manifests: { "s.test/app@one": index, "s.test/app@arm64": IMAGE },
      signatures: { "s.test/app@one": "signed" },
    });
    assert.deepEqual(
      asked.filter((line) => line.includes("signature")).map((line) => line.replace(/^\d+ /, "")),
      [`signature s.test/app@${digestNamed("one")} by the key "keys/cosign.pub"`],
    );
  });
});

describe("verify, before a plan is applied", () => {
  const manifest = parseFit(`version: 1\nimages:\n${entry(`tags: [v1, v2], ${KEY}`)}${entry("tags: [other]")}`);
  const made = answerAll(
    manifest,
    {
      resolved: {
        "s.test/app:v1": "one",
        "s.test/app:v2": "two",
        "s.test/app:other": "one",
        "t.test/app:v1": null,
        "t.test/app:v2": null,
        "t.test/app:other": null,
      },
      manifests: { "s.test/app@one": IMAGE, "s.test/app@two": IMAGE },
      signatures: { "s.test/app@one": "signed", "s.test/app@two": "signed" },
    },
    {},
  );
  // a saved plan has no origins and may have been edited
  const saved = makePlan(manifest, made.snapshot, {}).changes.map((change) =>
    Object.assign({}, change, { origins: [], notes: [], positions: [{ file: "other.yaml", line: 1, column: 1 }] }),
  );
  const recheck = { changes: saved, manifest, moment: "applied", options: {} } as const;
  const check = (signatures: Snapshot["signatures"]): readonly Change[] =>
    recheckPlan(recheck, { ...EMPTY_SNAPSHOT, signatures });

  it("asks for every required signature again, and for no other", () => {
    const questions = recheckQuestions(recheck, EMPTY_SNAPSHOT);
    assert.deepEqual(
      questions.map((question) => (question.kind === "signature" ? question.image.digest : question.kind)),
      [digestNamed("one"), digestNamed("two")],
    );
  });

  it("does not repeat the note that a saved change has already", () => {
    const noted = saved.map((change) => Object.assign({}, change, { notes: ['signed by the key "keys/cosign.pub"'] }));
    const checked = recheckPlan(
      { ...recheck, changes: noted },
      { ...EMPTY_SNAPSHOT, signatures: made.snapshot.signatures },
    );
    assert.deepEqual(checked, noted);
  });

  it("is an error for an image whose signature is gone, or is not checked, and leaves the others", () => {
    const [one, two] = made.snapshot.signatures.keys();
    assert.ok(one !== undefined && two !== undefined);
    const answers = [
      [{ kind: "failed", error: INVALID }, "SIGNATURE_INVALID", "sign it; verify at images.yaml:3:89 requires it"],
      [{ kind: "absent" }, "SIGNATURE_UNCHECKED", "apply without --untrusted; verify at images.yaml:3:89 requires it"],
    ] as const;
    for (const [answer, code, hint] of answers) {
      const checked = check(
        new Map<string, Answer<true>>([
          [one, answer],
          [two, { kind: "found", value: true }],
        ]),
      );
      assert.deepEqual(
        checked.map(({ target, action }) => `${action} ${target.tag}`),
        ["error v1", "create v2", "create other"],
      );
      assert.deepEqual([checked[0]?.error?.code, checked[0]?.error?.hint], [code, hint]);
    }
  });
});

describe("the required signatures", () => {
  const manifest = parseFit(
    `version: 1\nimages:\n${entry(`tags: [{ from: v1, to: [v1, "{tag}-{digest:8}"] }, { glob: "2.*" }], ${KEY}`)}${entry("tags: [other]")}`,
  );
  const { plan } = planOf(entry(`tags: [v1]`), {
    resolved: { "s.test/app:v1": "one", "t.test/app:v1": null },
    manifests: { "s.test/app@one": IMAGE },
  });
  const nowhere = [{ file: "other.yaml", line: 1, column: 1 }];
  const moved = (tag: string, rest: Partial<Change> = {}): Change => {
    const made = only(plan);
    return { ...made, positions: nowhere, target: { ...made.target, tag }, ...rest };
  };
  const required = (change: Change): number => requiredSignatures(manifest.entries)(change).length;

  it("do not depend on the positions in a saved plan", () => {
    assert.equal(required(moved("v1")), 1);
    assert.equal(required(moved("v1-0123abcd")), 1);
    assert.equal(required(moved("2.7")), 1);
    assert.equal(required(moved("other")), 0);
  });

  it("are those of the entry's own source, whatever the change says", () => {
    const source = {
      kind: "registry",
      reference: { repository: { host: "evil.test", path: "app" }, tag: "v1" },
    } as const;
    const [first] = requiredSignatures(manifest.entries)(moved("v1", { source }));
    assert.equal(first?.image.repository.host, "s.test");
  });

  it("are empty for an action that writes no image", () => {
    for (const action of ["none", "blocked", "error", "held", "delete"] as const)
      assert.equal(required(moved("v1", { action })), 0, action);
    for (const action of ["create", "update", "attach"] as const)
      assert.equal(required(moved("v1", { action })), 1, action);
  });
});

describe("verify in images.yaml", () => {
  const verifyOf = (text: string) =>
    entriesOf(`{ source: a/b, target: r.io/c, tags: [v1], verify: ${text} }`)[0]?.verify?.signer;

  it("accepts a key without the transparency log", () => {
    const signer = verifyOf("{ key: cosign.pub, tlog: false }");
    assert.ok(signer?.kind === "key");
    assert.equal(signer.file.path, "cosign.pub");
    assert.equal(signer.isLogged, false);
  });

  it("accepts an identity and its issuer, as text or as a pattern", () => {
    const signer = verifyOf(
      "{ identity: { regex: 'https://github.com/me/.*' }, issuer: https://token.actions.githubusercontent.com }",
    );
    assert.ok(signer?.kind === "identity");
    assert.deepEqual(signer.identity, { kind: "regex", text: "https://github.com/me/.*" });
    assert.equal(signer.issuer.kind, "exact");
  });

  for (const [text, expected] of [
    ["{ key: awskms:///alias/mine }", /"awskms:\/\/" does not belong here/],
    ["{ key: https://example.com/key.pub }", /only a file can be named/],
    ["{ identity: me@example.com }", /issuer/],
    ["{ identity: { regex: '(' }, issuer: i }", /regular expression/],
    ["true", /expected false or a map/],
    ["{ key: cosign.pub, identity: me, issuer: i }", /./],
    ["{}", /key/],
  ] as const) {
    it(`refuses ${text}`, () => {
      const found = findings(imagesFile(`{ source: a/b, target: r.io/c, tags: [v1], verify: ${text} }`));
      assert.notEqual(found.length, 0);
      assert.match(found.join("\n"), expected);
    });
  }
});
