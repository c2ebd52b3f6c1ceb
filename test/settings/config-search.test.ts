import assert from "node:assert/strict";
import { rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, it } from "node:test";
import { utf16be, utf16le } from "../support/encodings.ts";
import { type Files, filesIn, folderWith, runScript } from "../cli/support/folder.ts";

type Printed = {
  readonly concurrency?: number;
  readonly warnings: readonly { readonly place: string; readonly message: string }[];
  readonly problems: readonly { readonly place: string; readonly message: string; readonly hint?: string }[];
};

const MARKER = "code-was-run";
const ESM = `import { writeFileSync } from "node:fs"; writeFileSync("${MARKER}", ""); export default { concurrency: 63 };`;
const CJS = `require("node:fs").writeFileSync("${MARKER}", ""); module.exports = { concurrency: 63 };`;

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

async function open(files: Files): Promise<string> {
  const folder = await folderWith(files);
  folders.push(folder);
  return folder;
}

async function load(folder: string): Promise<Printed> {
  // print-settings.ts prints this type
  const printed = JSON.parse(await runScript("print-settings.ts", folder)) as Printed;
  assert.ok(!(await filesIn(folder)).includes(MARKER), "code of the folder was run");
  return printed;
}

function codeFor(name: string): string {
  return name.endsWith(".cjs") || name.endsWith(".cts") ? CJS : ESM;
}

describe("the search for a config file", () => {
  for (const name of [
    ".imgsyncrc",
    ".imgsyncrc.yaml",
    ".imgsyncrc.yml",
    ".imgsyncrc.json",
    "imgsync.config.yaml",
    "imgsync.config.json",
  ]) {
    it(`finds ${name}`, async () => {
      const { concurrency, warnings, problems } = await load(await open({ [name]: '{"concurrency": 3}' }));
      assert.deepEqual({ concurrency, warnings, problems }, { concurrency: 3, warnings: [], problems: [] });
    });
  }

  it("finds the key imgsync in package.json, and accepts a package.json without it", async () => {
    assert.equal((await load(await open({ "package.json": '{"imgsync":{"concurrency":4}}' }))).concurrency, 4);
    assert.equal((await load(await open({ "package.json": '{"name":"x"}' }))).concurrency, 8);
    assert.equal((await load(await open({}))).concurrency, 8);
  });

  it("reads files in UTF-16 with a byte-order mark", async () => {
    const files = { "imgsync.config.yaml": utf16le("concurrency: 3 # ä\r\n"), "package.json": utf16be("{}") };
    assert.deepEqual(
      await load(await open(files)),
      await load(await open({ "imgsync.config.yaml": "concurrency: 3" })),
    );
    const inPackage = { "package.json": utf16le('{"imgsync":{"concurrency":4}}') };
    assert.equal((await load(await open(inPackage))).concurrency, 4);
    const { problems } = await load(await open({ ".imgsyncrc": Uint8Array.of(0x63, 0xe9, 0x63) }));
    assert.deepEqual(problems, [{ place: ".imgsyncrc", message: "the file is not UTF-8 text" }]);
  });

  it("looks only in the current folder, not in the ones above it", async () => {
    const folder = await open({
      ".imgsyncrc": "concurrency: 3",
      "inside/x": "",
      ".config/imgsyncrc": "concurrency: 5",
    });
    assert.equal((await load(join(folder, "inside"))).concurrency, 8);
  });

  it("leaves the marker when plain cosmiconfig runs the code, so that the marker is proof", async () => {
    const cases: readonly Files[] = [
      { "imgsync.config.mjs": ESM },
      { ".config/config.yaml": "$import: ../evil.mjs", "evil.mjs": ESM },
      { "package.json": '{"cosmiconfig":{"$import":"./evil.mjs"}}', "evil.mjs": ESM },
    ];
    for (const files of cases) {
      const folder = await open(files);
      await runScript("run-cosmiconfig.ts", folder);
      assert.ok((await filesIn(folder)).includes(MARKER));
    }
  });

  for (const end of [".js", ".mjs", ".cjs", ".ts", ".mts", ".cts"]) {
    it(`does not run a config file that is code: ${end}`, async () => {
      for (const name of [`.imgsyncrc${end}`, `imgsync.config${end}`]) {
        const { problems } = await load(await open({ [name]: codeFor(name), "package.json": '{"type":"module"}' }));
        assert.match(problems[0]?.message ?? "", /is code, which was not run/);
        assert.equal(problems[0]?.place, name);
      }
    });

    it(`does not run .config/config${end}, reads no config file beside it, and warns`, async () => {
      const name = `.config/config${end}`;
      const { concurrency, warnings } = await load(
        await open({ [name]: codeFor(name), ".imgsyncrc": "concurrency: 3" }),
      );
      assert.equal(concurrency, 8);
      assert.equal(warnings[0]?.place, ".imgsyncrc");
      assert.ok(warnings[0]?.message.includes(name));
      assert.deepEqual((await load(await open({ [name]: codeFor(name) }))).warnings, []);
    });
  }

  for (const name of [
    ".config/config.yaml",
    ".config/config.yml",
    ".config/config.json",
    "package.yaml",
    "package.json",
  ]) {
    it(`ignores search places and imports in ${name}`, async () => {
      const orders = [{ searchPlaces: ["evil.mjs"] }, { $import: ["../evil.mjs", "./evil.mjs"] }];
      for (const order of orders) {
        const isPackage = name.startsWith("package");
        const files = {
          [name]: JSON.stringify(isPackage ? { cosmiconfig: order } : order),
          "evil.mjs": ESM,
          ".imgsyncrc": "concurrency: 3",
        };
        const { concurrency, warnings } = await load(await open(files));
        assert.equal(concurrency, 8);
        assert.equal(warnings.length, 1);
      }
    });
  }

  it("recognises the key cosmiconfig in package.json when it is written with escapes", async () => {
    const text = '{"\\u0063osmiconfig":{"$import":"./evil.mjs"},"imgsync":{"concurrency":3}}';
    assert.equal((await load(await open({ "package.json": text, "evil.mjs": ESM }))).concurrency, 8);
  });

  it("skips the search with a warning when package.json is not JSON", async () => {
    const { warnings } = await load(await open({ "package.json": "{", ".imgsyncrc": "concurrency: 3" }));
    assert.equal(warnings.length, 1);
  });

  it("refuses $import in a found file, both of code and of data", async () => {
    const secret = "hunter2";
    const cases: readonly Files[] = [
      { ".imgsyncrc": "$import: ./evil.mjs" },
      { ".imgsyncrc.json": '{"$import": ["./data.yaml"]}' },
      { "package.json": '{"imgsync":{"$import":"./evil.mjs"}}' },
    ];
    for (const files of cases) {
      const folder = await open({ ...files, "evil.mjs": ESM, "data.yaml": secret });
      const { problems } = await load(folder);
      assert.match(problems[0]?.message ?? "", /cannot import others/);
      assert.ok(!JSON.stringify(problems).includes(secret));
    }
  });

  it("reads no file outside the folder through a link", async () => {
    const outside = await open({ secret: "hunter2" });
    const folder = await open({});
    await symlink(join(outside, "secret"), join(folder, ".imgsyncrc"));
    const { problems } = await load(folder);
    assert.match(problems[0]?.message ?? "", /leads out of the folder/);
    assert.ok(!JSON.stringify(problems).includes("hunter2"));
  });

  it("refuses a folder, and a file that is too large, too deeply nested or not valid YAML", async () => {
    const cases: readonly (readonly [string, RegExp])[] = [
      [`concurrency: 3 # ${"x".repeat(70_000)}`, /more than 64 KiB/],
      ["[".repeat(60_000), /nested too deep/],
      ["concurrency: 3\nconcurrency: 4", /keys must be unique/],
      [
        "a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]",
        /aliases/,
      ],
      ["a: !!js/function x", /tag/],
    ];
    for (const [text, message] of cases) {
      const { problems } = await load(await open({ ".imgsyncrc": text }));
      assert.match(problems[0]?.message ?? "", message);
    }
    const { problems } = await load(await open({ ".imgsyncrc/inside": "" }));
    assert.match(problems[0]?.message ?? "", /is not a file/);
  });

  it("refuses security-relevant settings in a found file, and suggests where to set them", async () => {
    const text = [
      "concurrency: 2",
      "dockerCommand: ./evil",
      "registries: { evil.test: { insecureTls: true } }",
      "allowFiles: [/]",
      "allowPlainHttp: [evil.test]",
      "universes: { evil.test: evil.test }",
      "timeouts: { connectMs: 1 }",
    ].join("\n");
    const { problems } = await load(await open({ "imgsync.config.yaml": text }));
    assert.deepEqual(
      problems.map(({ place }) => place),
      [2, 3, 4, 5, 6, 7].map((line) => `imgsync.config.yaml:${line}:1`),
    );
    for (const { message, hint } of problems) {
      assert.match(message, /is not allowed in a file found in the current folder/);
      assert.match(hint ?? "", /--config FILE/);
    }
    assert.match(problems[0]?.hint ?? "", /--docker-command or IMGSYNC_DOCKER_COMMAND/);
  });
});
