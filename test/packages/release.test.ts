import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { makeFolder } from "../support/cli.ts";
import { runProgram } from "../support/programs.ts";
import { createScope } from "../support/scope.ts";
import { HERE, requirePackages, ROOT, VERSION } from "./support/packages.ts";

const { onEnd } = createScope();

type Bom = {
  readonly serialNumber: string;
  readonly metadata: { readonly component: { readonly name: string; readonly version: string } };
  readonly components: readonly { readonly "bom-ref": string; readonly name: string; readonly version: string }[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
};

const readBom = async (packages: string, part: string): Promise<Bom> =>
  JSON.parse(await readFile(join(packages, `imgsync-${VERSION}-${part}.cdx.json`), "utf8"));

describe("a release", () => {
  it("has the checksums of all its files, as sha256sum checks them", async (t) => {
    const packages = requirePackages(t);
    if (packages === undefined) return;
    const { code, stdout } = await runProgram("sha256sum", ["--check", "--strict", "SHA256SUMS"], { cwd: packages });
    assert.equal(code, 0, Buffer.from(stdout).toString());
    assert.match(Buffer.from(stdout).toString(), new RegExp(`imgsync-${VERSION}-${HERE}\\.tar\\.gz: OK`));
  });

  it("is the same when it is built again", async (t) => {
    const packages = requirePackages(t);
    if (packages === undefined) return;
    const again = await makeFolder();
    onEnd(again.remove);
    const node = join(ROOT, "node_modules", ".bin", "node");
    const words = [join(ROOT, "scripts", "package.ts"), "--platforms", HERE, again.path];
    const { code, stderr } = await runProgram(node, words, { env: { SOURCE_DATE_EPOCH: "1767225600" } });
    assert.equal(code, 0, stderr);
    const lines = (text: string): readonly string[] => text.trim().split("\n");
    const first = new Set(lines(await readFile(join(packages, "SHA256SUMS"), "utf8")));
    const second = lines(await again.read("SHA256SUMS"));
    const changed = second.filter((line) => !first.has(line)).map((line) => line.split("  ")[1] ?? "");
    // an image for one platform has the same layers, but another index
    const indexes = [/^image\/index\.json$/, /^image\/blobs\//, /-image\.cdx\.json$/];
    for (const path of changed)
      assert.ok(
        indexes.some((pattern) => pattern.test(path)),
        path,
      );
    assert.equal(changed.length, indexes.length, changed.join("\n"));
    assert.ok(second.length >= 10, second.join("\n"));
  });

  it("lists in its bills of materials what is in the packages, and nothing that only builds them", async (t) => {
    const packages = requirePackages(t);
    if (packages === undefined) return;
    const [npm, executables] = [await readBom(packages, "npm"), await readBom(packages, "executables")];
    for (const bom of [npm, executables]) {
      assert.deepEqual([bom.metadata.component.name, bom.metadata.component.version], ["imgsync", VERSION]);
      assert.match(bom.serialNumber, /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
      const names = new Set(bom.components.map(({ name }) => name));
      assert.ok(names.has("undici") && !names.has("rolldown") && !names.has("typescript"));
      const refs = new Set([`imgsync@${VERSION}`, ...bom.components.map((one) => one["bom-ref"])]);
      for (const { ref, dependsOn } of bom.dependencies)
        for (const name of [ref, ...dependsOn]) assert.ok(refs.has(name), name);
    }
    assert.notEqual(npm.serialNumber, executables.serialNumber);
    const licenses = /^(\S+ \d+\.\d+\.\d+\S*) \(.+\)$/gm;
    const { stdout } = await runProgram("tar", [
      "-xzOf",
      join(packages, `imgsync-${VERSION}.tgz`),
      "package/dist/THIRD-PARTY-LICENSES.txt",
    ]);
    const listed = Array.from(Buffer.from(stdout).toString().matchAll(licenses), ([, name]) => name);
    const components = npm.components.map(({ name, version }) => `${name} ${version}`);
    assert.ok(listed.length > 30);
    assert.deepEqual(new Set(components), new Set(listed));
    const { version } = JSON.parse(await readFile(join(ROOT, "scripts", "package", "node-binaries.json"), "utf8"));
    assert.ok(executables.components.some((one) => one.name === "node" && one.version === version));
    assert.ok(executables.components.some(({ name }) => name === "openssl"));
  });
});
