import assert from "node:assert/strict";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { type CliResult, makeFolder, runCli } from "../support/cli.ts";
import { type Cosign, createCosign } from "../support/cosign.ts";
import type { EmbeddedRegistry } from "../support/embedded-registry/registry.ts";
import { isWrite } from "../support/embedded-registry/transcript.ts";
import { referrersTag, smallImage, type TestImage, twoPlatformIndex } from "../support/images.ts";
import { findProgram, requirePrograms } from "../support/programs.ts";
import { createScope } from "../support/scope.ts";

const { registry: start, onEnd } = createScope();

const KEY = "verify: { key: cosign.pub, tlog: false }";

type World = {
  readonly source: EmbeddedRegistry;
  readonly target: EmbeddedRegistry;
  readonly ours: Cosign;
  readonly theirs: Cosign;
  readonly layout: string;
  readonly run: (args: readonly string[], permissions?: readonly string[]) => Promise<CliResult>;
  /** Copies from the source into the layout, without verifying, and requires signatures from there to the target. */
  readonly fill: (rest?: string) => Promise<void>;
  readonly writes: () => number;
  readonly leftovers: () => Promise<readonly string[]>;
};

async function world(): Promise<World> {
  const [source, target] = [await start(), await start()];
  const folder = await makeFolder();
  onEnd(folder.remove);
  for (const name of ["runtime", "theirs"]) await mkdir(join(folder.path, name));
  const program = findProgram("cosign");
  assert.ok(program !== undefined);
  const hosts = `registries:\n  ${source.host}: { plainHttp: true }\n  ${target.host}: { plainHttp: true }\n`;
  const declare = (entry: string): Promise<void> =>
    folder.write("images.yaml", `version: 1\n${hosts}images:\n  - ${entry}\n`);
  const environment = {
    PATH: `${join(program, "..")}:${process.env["PATH"] ?? ""}`,
    XDG_RUNTIME_DIR: join(folder.path, "runtime"),
    // keeps cosign off the internet
    HTTPS_PROXY: "http://127.0.0.1:9",
  };
  const run: World["run"] = (args, permissions) =>
    runCli(args, { cwd: folder.path, environment, ...(permissions === undefined ? {} : { permissions }) });
  return {
    source,
    target,
    ours: await createCosign(folder.path),
    theirs: await createCosign(join(folder.path, "theirs")),
    layout: join(folder.path, "mirror/app"),
    run,
    fill: async (rest = "tags: [v1]") => {
      await declare(`{ source: ${source.host}/app, target: "oci:mirror/app", tags: [v1] }`);
      const { code, stdout, stderr } = await run(["apply", "--yes"]);
      assert.equal(code, 0, stdout + stderr);
      await declare(`{ source: "oci:mirror/app", target: ${target.host}/app, ${rest}, ${KEY} }`);
    },
    writes: () => target.log.filter(isWrite).length,
    leftovers: () => readdir(environment.XDG_RUNTIME_DIR),
  };
}

type IndexFile = {
  readonly manifests: readonly { readonly digest: string; readonly annotations?: Readonly<Record<string, string>> }[];
};

async function readIndex(layout: string): Promise<IndexFile> {
  return JSON.parse(await readFile(join(layout, "index.json"), "utf8"));
}

/** Removes everything but the image from index.json, as if its signatures had never been copied. */
async function keepOnly(layout: string, { digest }: TestImage): Promise<void> {
  const index = await readIndex(layout);
  const manifests = index.manifests.filter((one) => one.digest === digest);
  assert.ok(manifests.length < index.manifests.length);
  await writeFile(join(layout, "index.json"), JSON.stringify({ ...index, manifests }));
}

/** Returns the path of the blob that holds an image's signature. */
async function signatureBlob(layout: string, { digest }: TestImage): Promise<string> {
  const pathOf = (one: string): string => join(layout, "blobs", ...one.split(":"));
  const signature = (await readIndex(layout)).manifests.find((one) => one.digest !== digest);
  const manifest: { readonly layers: readonly { readonly digest: string }[] } = JSON.parse(
    await readFile(pathOf(signature?.digest ?? ""), "utf8"),
  );
  return pathOf(manifest.layers[0]?.digest ?? "");
}

async function assertRefused({ run, writes, leftovers }: World, words: RegExp): Promise<void> {
  for (const command of [["plan"], ["apply", "--yes"]]) {
    const { code, stdout, stderr } = await run(command);
    assert.equal(code, 1, stdout + stderr);
    assert.match(stdout + stderr, words);
    assert.match(stdout + stderr, /oci:mirror\/app@sha256:[0-9a-f]{64}/);
    assert.doesNotMatch(stdout + stderr, /127\.0\.0\.1:\d+\/(?:v2\/)?layout/);
  }
  assert.equal(writes(), 0);
  assert.deepEqual(await leftovers(), []);
}

function ready(t: TestContext): boolean {
  return requirePrograms(t, "cosign");
}

describe("verify: for a source in an OCI layout, with the real cosign", () => {
  for (const newFormat of [false, true]) {
    const format = newFormat ? "as a bundle" : "in a digest tag";

    it(`copies an image that the key signed, ${format}`, async (t) => {
      if (!ready(t)) return;
      const { source, target, ours, run, fill, leftovers } = await world();
      const image = smallImage(1);
      source.putImage("app", "v1", image);
      await ours.sign(`${source.host}/app@${image.digest}`, { newFormat });
      await fill();
      const plan = await run(["plan"]);
      assert.equal(plan.code, 0, plan.stdout + plan.stderr);
      assert.match(plan.stdout, /note: signed by the key "cosign\.pub"/);
      const applied = await run(["apply", "--yes"]);
      assert.equal(applied.code, 0, applied.stdout + applied.stderr);
      assert.equal(target.store.tags("app").get("v1"), image.digest);
      assert.deepEqual(await leftovers(), []);
      assert.match((await run(["plan"])).stdout, /No changes/);
    });

    it(`does not copy an image that another key signed, ${format}`, async (t) => {
      if (!ready(t)) return;
      const place = await world();
      place.source.putImage("app", "v1", smallImage(1));
      await place.theirs.sign(`${place.source.host}/app@${smallImage(1).digest}`, { newFormat });
      await place.fill();
      await assertRefused(place, /it is not signed by the key "cosign\.pub".*\[SIGNATURE_INVALID\]/);
    });

    it(`does not copy an image whose signature was removed from the layout, ${format}`, async (t) => {
      if (!ready(t)) return;
      const place = await world();
      const image = smallImage(1);
      place.source.putImage("app", "v1", image);
      await place.ours.sign(`${place.source.host}/app@${image.digest}`, { newFormat });
      await place.fill();
      assert.equal((await place.run(["plan", "--out", "plan.json"])).code, 0);
      await keepOnly(place.layout, image);
      await assertRefused(place, /no signatures found \[SIGNATURE_INVALID\]/);
      const saved = await place.run(["apply", "plan.json", "--yes"]);
      assert.equal(saved.code, 1, saved.stdout + saved.stderr);
      assert.match(saved.stdout + saved.stderr, /SIGNATURE_INVALID/);
      assert.equal(place.writes(), 0);
    });

    it(`reports a damaged signature as unchecked and not as missing, ${format}`, async (t) => {
      if (!ready(t)) return;
      const place = await world();
      const image = smallImage(1);
      place.source.putImage("app", "v1", image);
      await place.ours.sign(`${place.source.host}/app@${image.digest}`, { newFormat });
      await place.fill();
      const path = await signatureBlob(place.layout, image);
      await writeFile(path, Buffer.alloc((await readFile(path)).length));
      await assertRefused(place, /oci:mirror\/app has other content than its digest says.*\[SIGNATURE_UNCHECKED\]/);
    });
  }

  it("does not copy an unsigned image", async (t) => {
    if (!ready(t)) return;
    const place = await world();
    place.source.putImage("app", "v1", smallImage(1));
    await place.fill();
    await assertRefused(place, /it is not signed by the key "cosign\.pub": no signatures found \[SIGNATURE_INVALID\]/);
  });

  it("requires the signature of the whole index, and copies those of its platforms too", async (t) => {
    if (!ready(t)) return;
    const place = await world();
    const { source, target, ours, run, fill } = place;
    const index = twoPlatformIndex(1);
    source.putImage("app", "v1", index);
    for (const { digest } of index.children) await ours.sign(`${source.host}/app@${digest}`);
    await fill("tags: [v1], platforms: [linux/arm64]");
    await assertRefused(place, /no signatures found \[SIGNATURE_INVALID\]/);
    await ours.sign(`${source.host}/app@${index.digest}`);
    await fill();
    const { code, stdout, stderr } = await run(["apply", "--yes"]);
    assert.equal(code, 0, stdout + stderr);
    for (const image of [index, ...index.children]) {
      const { ok, text } = await ours.verify(`${target.host}/app@${image.digest}`);
      assert.ok(ok, text);
      const tag = referrersTag(image, ".sig");
      assert.equal(target.store.tags("app").get(tag), source.store.tags("app").get(tag));
    }
  });

  it("needs permission to listen on 127.0.0.1 on Deno, and the error names it", async (t) => {
    if (!ready(t)) return;
    const { source, target, ours, run, fill, writes } = await world();
    source.putImage("app", "v1", smallImage(1));
    await ours.sign(`${source.host}/app@${smallImage(1).digest}`);
    await fill();
    const others = ["--allow-read", "--allow-write", "--allow-env", "--allow-sys=homedir,uid", "--allow-run=cosign"];
    const refused = await run(["apply", "--yes"], [...others, `--allow-net=${target.host}`]);
    assert.equal(refused.code, 1, refused.stdout + refused.stderr);
    assert.match(refused.stdout + refused.stderr, /127\.0\.0\.1 cannot be listened on.*\[SIGNATURE_UNCHECKED\]/);
    assert.match(refused.stdout + refused.stderr, /--allow-net=127\.0\.0\.1/);
    assert.equal(writes(), 0);
    const applied = await run(["apply", "--yes"], [...others, "--allow-net=127.0.0.1"]);
    assert.equal(applied.code, 0, applied.stdout + applied.stderr);
    assert.equal(target.store.tags("app").get("v1"), smallImage(1).digest);
  });
});
