import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Files, pathInside } from "../../src/files/file-inside.ts";
import { isInside } from "../../src/files/is-inside.ts";
import { shownPath } from "../../src/files/shown-path.ts";
import { isFixedPath } from "../../src/files/system.ts";

describe("paths on Windows", () => {
  it("are inside a folder in any case of their letters, and never on another drive", () => {
    const inside = (path: string): boolean => isInside("C:\\work\\images", path, "windows");
    assert.deepEqual(["c:\\Work\\Images\\a.yaml", "C:/work/images/a", "C:\\work\\images\\..a"].map(inside), [
      true,
      true,
      true,
    ]);
    const outside = ["C:\\work", "C:\\work\\images2\\a", "D:\\work\\images\\a", "\\\\server\\work\\images\\a"];
    assert.deepEqual(outside.filter(inside), []);
  });

  it("are shown relative to the current folder, with slashes", () => {
    const shown = (file: string): string => shownPath(file, "C:\\work", "windows");
    assert.equal(shown("C:\\work\\teams\\images.yaml"), "teams/images.yaml");
    assert.equal(shown("c:\\Work\\images.yaml"), "images.yaml");
    assert.equal(shown("C:\\other\\images.yaml"), "../other/images.yaml");
    assert.equal(shown("D:\\other\\images.yaml"), "D:/other/images.yaml");
    assert.equal(shownPath("/work/a\\b.yaml", "/work", "posix"), "a\\b.yaml");
  });

  it("are fixed only with a drive and a folder, or on a server", () => {
    for (const path of ["C:\\a", "c:/a", "\\\\server\\a"]) assert.ok(isFixedPath(path, "windows"), path);
    for (const path of ["a", ".\\a", "\\a", "/a", "C:a", "C:", ""]) assert.ok(!isFixedPath(path, "windows"), path);
    assert.ok(isFixedPath("/a", "posix") && !isFixedPath("C:\\a", "posix"));
  });
});

describe("files that images.yaml names, on Windows", () => {
  /** A machine with these files, which have no links, and the paths that were looked at. */
  function machine(...known: readonly string[]) {
    const seen: string[] = [];
    const files: Files = {
      system: "windows",
      realpath: async (path) => {
        seen.push(path);
        const real = known.find((one) => one.toLowerCase() === path.toLowerCase());
        if (real === undefined) throw new Error("ENOENT");
        return real;
      },
    };
    return { files, seen };
  }
  const folder = "C:\\work";

  it("may have slashes, backslashes, a drive and letters in any case", async () => {
    const { files } = machine(folder, "C:\\work\\keys\\a.pub", "D:\\keys", "D:\\keys\\b.pub", "D:\\c.pub");
    const find = (path: string) => pathInside(path, { folder, allowed: ["D:\\keys"] }, files);
    for (const path of ["keys/a.pub", "keys\\a.pub", "C:/work/keys/a.pub", "c:\\WORK\\keys\\A.PUB"])
      assert.equal(await find(path), "C:\\work\\keys\\a.pub", path);
    assert.equal(await find("D:\\keys\\b.pub"), "D:\\keys\\b.pub");
    for (const path of ["D:\\c.pub", "..\\a", ".", "C:\\work"]) assert.equal(await find(path), undefined, path);
  });

  it("are never looked for on a server that the user did not allow", async () => {
    const remote = "\\\\evil\\share\\key.pub";
    const { files, seen } = machine(folder, remote);
    for (const path of [remote, "//evil/share/key.pub", "\\/evil/share/key.pub"])
      assert.equal(await pathInside(path, { folder, allowed: [] }, files), undefined);
    assert.deepEqual(seen, []);
    const share = "\\\\files\\keys";
    const allowed = machine(folder, share, `${share}\\a.pub`);
    assert.equal(await pathInside(`${share}\\a.pub`, { folder, allowed: [share] }, allowed.files), `${share}\\a.pub`);
  });
});
