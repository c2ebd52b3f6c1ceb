import assert from "node:assert/strict";
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { devNull, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { loadSyncManifest, type LoadedSyncManifest } from "../../src/load/sync-manifest-files.ts";
import { type ErrorDetails, ImgsyncError } from "../../src/model/error.ts";
import { formatPosition } from "../../src/model/position.ts";
import { utf16be, utf16le } from "../support/encodings.ts";

let folder: string;

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "imgsync-manifest-")));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function write(files: Readonly<Record<string, string | Uint8Array>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
}

function load(path?: string, cwd = folder): Promise<LoadedSyncManifest> {
  return loadSyncManifest({ cwd, variables: new Map([["TAG", "v1"]]), ...(path === undefined ? {} : { path }) });
}

async function refusal(path?: string): Promise<ErrorDetails> {
  const error: unknown = await load(path).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof ImgsyncError);
  return error.details;
}

const entry = (name: string) => `version: 1\nimages:\n  - { source: "a/${name}:\${TAG}", target: r.io/${name} }\n`;
const including = (...patterns: readonly string[]) => `version: 1\ninclude: ${JSON.stringify(patterns)}\nimages: []\n`;

function findings({ diagnostics }: LoadedSyncManifest): readonly string[] {
  return diagnostics.map(({ position, message }) => `${formatPosition(position)} ${message}`);
}

function names({ manifest }: LoadedSyncManifest): readonly string[] {
  return (manifest?.entries ?? []).flatMap(({ targets }) => targets.map(({ repository }) => repository.path));
}

describe("Artifact Registry names", () => {
  it("are checked in every file, and in the universes of the user's settings", async () => {
    const at = (host: string) => `version: 1\nimages:\n  - { source: "a/b:v1", target: ${host}/my-project/b }\n`;
    await write({
      "images.yaml": `${at("u-x1-docker.pkg.example")}include: [teams.yaml]\n`,
      "teams.yaml": at("us-docker.pkg.dev"),
    });
    const message = "the image is missing in the name";
    assert.deepEqual(findings(await load()), [`teams.yaml:3:33 ${message}`]);
    const universes = new Map([["pkg.example", "apis.example"]]);
    assert.deepEqual(findings(await loadSyncManifest({ cwd: folder, variables: new Map(), universes })), [
      `images.yaml:3:33 ${message}`,
    ]);
  });
});

describe("the root file", () => {
  it("is images.yaml, or else images.yml, in the current folder", async () => {
    await write({ "images.yml": entry("second") });
    assert.deepEqual(names(await load()), ["second"]);
    await write({ "images.yaml": entry("first") });
    const loaded = await load();
    assert.deepEqual(names(loaded), ["first"]);
    assert.equal(loaded.path, join(folder, "images.yaml"));
    assert.equal(loaded.folder, folder);
  });

  it("can be given by its path and is shown relative to the current folder", async () => {
    await write({ "sub/my.yaml": "version: 2\n" });
    assert.deepEqual(findings(await load("sub/my.yaml")), ["sub/my.yaml:1:10 expected 1, not the value 2"]);
    assert.deepEqual(findings(await load(join(folder, "sub/my.yaml"))), [
      "sub/my.yaml:1:10 expected 1, not the value 2",
    ]);
    await mkdir(join(folder, "other"));
    assert.deepEqual(findings(await load("../sub/my.yaml", join(folder, "other"))), [
      "../sub/my.yaml:1:10 expected 1, not the value 2",
    ]);
  });

  it("must exist, and the error suggests imgsync init", async () => {
    const none = await refusal();
    assert.equal(none.code, "MANIFEST_UNREADABLE");
    assert.match(none.message, /no images.yaml or images.yml/);
    assert.match(none.hint ?? "", /imgsync init/);
    const named = await refusal("x/y.yaml");
    assert.equal(named.message, '"x/y.yaml" does not exist');
    assert.match(named.hint ?? "", /imgsync init/);
  });

  it("must be a regular file of text of at most 32 MiB", async () => {
    await write({
      "latin1.yaml": new Uint8Array([0x76, 0xe9, 0x76]),
      "big.yaml": new Uint8Array(32 * 1024 * 1024 + 1),
    });
    assert.match((await refusal(".")).message, /is a folder$/);
    assert.match((await refusal(devNull)).message, /is not a plain file$/);
    assert.equal((await refusal("latin1.yaml")).message, '"latin1.yaml" is not UTF-8 text');
    assert.equal((await refusal("big.yaml")).message, '"big.yaml" is larger than 32 MiB');
  });

  it("may be UTF-16 with a byte-order mark, and positions count its characters", async () => {
    const text = `version: 1 # ä\r\nimages: [{ source: "a/b:v1", target: r.io/b }, 7]\r\n`;
    for (const encode of [utf16le, utf16be]) {
      await write({ "images.yaml": encode(text) });
      const { diagnostics } = await load();
      assert.deepEqual(
        diagnostics.map(({ position }) => formatPosition(position)),
        ["images.yaml:2:48"],
      );
      await write({ "images.yaml": encode(text.replace(", 7", "")) });
      assert.deepEqual(names(await load()), ["b"]);
    }
  });

  it("does not fall back to images.yml when images.yaml is a dangling link", async () => {
    await write({ "images.yml": entry("other") });
    await symlink("gone.yaml", join(folder, "images.yaml"));
    assert.equal((await refusal()).message, '"images.yaml" does not exist');
  });

  it("can be a link inside its folder, but not one that leads out of it", async () => {
    await write({ "..data/images.yaml": entry("a"), "inner/x": "" });
    await symlink("..data/images.yaml", join(folder, "images.yaml"));
    assert.deepEqual(names(await load()), ["a"]);
    await symlink("../images.yaml", join(folder, "inner/images.yaml"));
    const { message, hint } = await refusal("inner/images.yaml");
    assert.equal(message, '"inner/images.yaml" is a link that leads out of its folder');
    assert.match(hint ?? "", /--file/);
  });
});

describe("includes", () => {
  it("name files relative to themselves, or by an absolute path of any system", async () => {
    const paths = [
      "k.pub",
      "sub/k.pub",
      "/keys/k.pub",
      "C:/keys/k.pub",
      "C:\\keys\\k.pub",
      "\\\\server\\k.pub",
      "C:k.pub",
    ];
    const images = paths.map((path, index) => ({ source: "a/b:v1", target: `r.io/b${index}`, verify: { key: path } }));
    await write({ "images.yaml": including("teams/a.yaml"), "teams/a.yaml": JSON.stringify({ version: 1, images }) });
    const { manifest } = await load();
    assert.deepEqual(
      manifest?.entries.map(({ verify }) => verify && verify.signer.kind === "key" && verify.signer.file.path),
      ["teams/k.pub", "teams/sub/k.pub", ...paths.slice(2, 6), "teams/C:k.pub"],
    );
  });

  it("are read in the order of their paths, whatever the order of the patterns", async () => {
    await write({
      "images.yaml": including("z.yaml", "teams/*.yaml", "./a.yaml"),
      "z.yaml": entry("z"),
      "a.yaml": entry("a"),
      "teams/b.yaml": entry("b"),
      "teams/.hidden.yaml": entry("hidden"),
      "teams/deep/c.yaml": entry("c"),
      "teams/d.yml": entry("d"),
    });
    assert.deepEqual(names(await load()), ["a", "hidden", "b", "z"]);
  });

  it("can be at any depth with **", async () => {
    await write({
      "images.yaml": including("t/**/*.yaml"),
      "t/a.yaml": entry("a"),
      "t/x/y/b.yaml": entry("b"),
      "u/c.yaml": entry("c"),
    });
    assert.deepEqual(names(await load()), ["a", "b"]);
  });

  it("are relative to the root file, and their findings are relative to the current folder", async () => {
    await write({ "sub/images.yaml": including("teams/a.yaml"), "sub/teams/a.yaml": "version: 1\nimges: []\n" });
    assert.deepEqual(findings(await load("sub/images.yaml")), ['sub/teams/a.yaml:2:1 unknown key "imges"']);
  });

  it("give the same hash from any current folder", async () => {
    await write({ "sub/images.yaml": including("a.yaml"), "sub/a.yaml": entry("a") });
    const [outside, inside] = [await load("sub/images.yaml"), await load(undefined, join(folder, "sub"))];
    assert.ok(outside.manifest !== undefined);
    assert.equal(outside.manifest.hash, inside.manifest?.hash);
  });

  it("are reported at their position when no file matches", async () => {
    await write({ "images.yaml": including("teams/*.yaml", "b.yaml") });
    assert.deepEqual(findings(await load()), [
      'images.yaml:2:11 no file matches "teams/*.yaml"',
      'images.yaml:2:26 "b.yaml" does not exist',
    ]);
  });

  it("cannot include the root file, or the same file twice", async () => {
    await write({ "images.yaml": including("*.yaml", "a.yaml"), "a.yaml": entry("a") });
    await symlink("a.yaml", join(folder, "b.yaml"));
    assert.deepEqual(findings(await load()), [
      'images.yaml:2:11 "b.yaml" is included twice',
      'images.yaml:2:11 "images.yaml" is this file itself',
      'images.yaml:2:20 "a.yaml" is included twice',
    ]);
  });

  it("cannot lead out of the folder through links", async () => {
    await write({
      "secret.yaml": "password",
      "sub/images.yaml": including("*.yaml", "linked/secret.yaml"),
      "sub/a.yaml": entry("a"),
    });
    await symlink("../secret.yaml", join(folder, "sub/s.yaml"));
    await symlink("..", join(folder, "sub/linked"));
    const loaded = await load(undefined, join(folder, "sub"));
    assert.equal(loaded.manifest, undefined);
    assert.doesNotMatch(JSON.stringify(loaded.diagnostics), /password/);
    assert.ok(findings(loaded).includes('images.yaml:2:11 "s.yaml" leads out of the folder of this file'));
    assert.ok(findings(loaded).some((finding) => finding.includes('"linked/secret.yaml" leads out of the folder')));
  });

  it("must be regular files of UTF-8 text", async () => {
    await write({ "images.yaml": including("dir", "bad.yaml"), "dir/x": "", "bad.yaml": new Uint8Array([0xc3, 0x28]) });
    assert.deepEqual(findings(await load()), [
      'images.yaml:2:11 "dir" is a folder',
      'images.yaml:2:17 "bad.yaml" is not UTF-8 text',
    ]);
  });

  it("give no manifest when the root file has syntax errors", async () => {
    await write({ "images.yaml": "version: 1\ninclude: [a.yaml]\n: :\n  - x: y: z\n" });
    const loaded = await load();
    assert.equal(loaded.manifest, undefined);
    assert.ok(loaded.diagnostics.length > 0);
  });
});
