import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { makeFolder, runCli } from "../support/cli.ts";
import { image, referrersTag, smallImage } from "../support/images.ts";
import { tarLayer } from "../support/layers.ts";
import { createScope } from "../support/scope.ts";

const { registry: start, onEnd } = createScope();

const IMAGES = 20;

describe("a tag of signatures that two changes write at the same time", () => {
  it("loses no signature, whichever of them is faster", async () => {
    const [source, target] = [await start(), await start()];
    const entries = Array.from({ length: IMAGES }, (_, at) => {
      const signed = smallImage(at);
      const signature = tarLayer({ content: `signature ${at}` });
      const further = tarLayer({ content: `further signature ${at}` });
      // two repositories have the same image, and one of them has one signature more
      for (const [name, layers] of [
        ["more", [signature, further]],
        ["less", [signature]],
      ] as const) {
        source.putImage(name, `${name}-${at}`, signed);
        source.putImage(name, referrersTag(signed, ".sig"), image({ layers }));
      }
      return ["more", "less"].map(
        (name) => `  - { source: "${source.host}/${name}:${name}-${at}", target: "${target.host}/app" }`,
      );
    });
    const folder = await makeFolder({
      "images.yaml": `version: 1
registries: { "${source.host}": { plainHttp: true }, "${target.host}": { plainHttp: true } }
images:
${entries.flat().join("\n")}
`,
    });
    onEnd(folder.remove);
    const { code, stderr } = await runCli(["apply", "--yes"], { cwd: folder.path });
    assert.equal(code, 0, stderr);
    const digests = (registry: typeof source, name: string): readonly (string | undefined)[] =>
      Array.from({ length: IMAGES }, (_, at) => registry.store.tags(name).get(referrersTag(smallImage(at), ".sig")));
    assert.deepEqual(digests(target, "app"), digests(source, "more"));
  });
});
