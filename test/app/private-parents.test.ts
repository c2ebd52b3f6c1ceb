import assert from "node:assert/strict";
import { it } from "node:test";
import { privateParentsOf } from "../../src/app/session/docker.ts";

it("files with secrets are in the user's own folder, and in the temporary one only without it", () => {
  const posix = { environment: { XDG_RUNTIME_DIR: "/run/user/1", LOCALAPPDATA: "/local" }, temporaryFolder: "/tmp" };
  assert.deepEqual(privateParentsOf(posix, "posix"), ["/run/user/1", "/tmp"]);
  assert.deepEqual(privateParentsOf({ environment: { XDG_RUNTIME_DIR: "run" }, temporaryFolder: "/tmp" }, "posix"), [
    "/tmp",
  ]);
  const local = "C:\\Users\\me\\AppData\\Local";
  const shared = { XDG_RUNTIME_DIR: "C:\\run", LOCALAPPDATA: local };
  assert.deepEqual(privateParentsOf({ environment: shared, temporaryFolder: "C:\\Temp" }, "windows"), [
    `${local}\\Temp`,
    "C:\\Temp",
  ]);
  assert.deepEqual(privateParentsOf({ environment: {}, temporaryFolder: "C:\\Temp" }, "windows"), ["C:\\Temp"]);
});
