import assert from "node:assert/strict";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { readTextFile } from "../../src/files/read-text-file.ts";
import { utf16be, utf16le } from "../support/encodings.ts";
import { makeFolder } from "../support/cli.ts";
import { requireProgram, runProgramOk } from "../support/programs.ts";
import { createScope } from "../support/scope.ts";

const { onEnd } = createScope();

async function place() {
  const { path, remove } = await makeFolder();
  onEnd(remove);
  const file = join(path, "file");
  return { folder: path, file };
}

describe("reading a file of limited size", () => {
  it("returns its text without a byte-order mark, and its number of bytes", async () => {
    const { file } = await place();
    await writeFile(file, "\uFEFFä");
    assert.deepEqual(await readTextFile(file, 5), { text: "ä", bytes: 5 });
  });

  it("refuses one byte more than the limit, and shows the limit", async () => {
    const { file } = await place();
    await writeFile(file, "a".repeat(2049));
    assert.deepEqual(await readTextFile(file, 2048), { problem: "is larger than 2 KiB" });
    assert.deepEqual(await readTextFile(file, 2049), { text: "a".repeat(2049), bytes: 2049 });
  });

  it("distinguishes a missing file from one that cannot be read", async () => {
    const { folder, file } = await place();
    const missing = { problem: "does not exist", isMissing: true };
    assert.deepEqual(await readTextFile(file, 10), missing);
    await writeFile(file, "");
    assert.deepEqual(await readTextFile(join(file, "below"), 10), missing);
    await symlink("loop", join(folder, "loop"));
    assert.deepEqual(await readTextFile(join(folder, "loop"), 10), { problem: "is a link to itself" });
    await mkdir(join(folder, "inner"));
    assert.deepEqual(await readTextFile(join(folder, "inner"), 10), { problem: "is a folder" });
  });

  it("returns the text of UTF-16 files with a byte-order mark, and their number of bytes", async () => {
    const { file } = await place();
    for (const encode of [utf16le, utf16be]) {
      await writeFile(file, encode("ä: 😀\r\n"));
      assert.deepEqual(await readTextFile(file, 16), { text: "ä: 😀\r\n", bytes: 16 });
      await writeFile(file, encode(""));
      assert.deepEqual(await readTextFile(file, 16), { text: "", bytes: 2 });
    }
  });

  it("refuses other encodings, and names them if it is certain", async () => {
    const { file } = await place();
    const problemOf = async (bytes: Uint8Array): Promise<unknown> => {
      await writeFile(file, bytes);
      const read = await readTextFile(file, 100);
      return "problem" in read ? read.problem : read.text;
    };
    const broken = "has a byte-order mark of UTF-16, but is not UTF-16 text: save it as UTF-8";
    const withoutMark = "looks like UTF-16 text without a byte-order mark: save it as UTF-8";
    assert.equal(await problemOf(Uint8Array.of(0xff, 0xfe, 0x61)), broken, "half a character");
    assert.equal(await problemOf(Uint8Array.of(0xfe, 0xff, 0xd8, 0x3d)), broken, "half a pair");
    assert.equal(await problemOf(Uint8Array.of(0xff, 0xfe, 0, 0, 0x61, 0, 0, 0)), "is UTF-32 text: save it as UTF-8");
    assert.equal(await problemOf(utf16le("ab").subarray(2)), withoutMark);
    assert.equal(await problemOf(utf16be("ab").subarray(2)), withoutMark);
  });

  it("refuses text that is not UTF-8, without repeating it", async () => {
    const { file } = await place();
    await writeFile(file, Uint8Array.of(0x73, 0xff));
    assert.deepEqual(await readTextFile(file, 10), { problem: "is not UTF-8 text" });
  });

  it("neither waits for a pipe without a writer nor reads an endless device", async (t) => {
    if (!requireProgram(t, "bash")) return;
    const { file } = await place();
    await runProgramOk("bash", ["-c", 'mkfifo "$0"', file]);
    for (const path of [file, "/dev/zero"])
      assert.deepEqual(await readTextFile(path, 10), { problem: "is not a plain file" });
  });
});
