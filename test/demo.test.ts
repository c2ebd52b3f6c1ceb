import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { it } from "node:test";
import { fileURLToPath } from "node:url";
import { cleanUpAfterEach } from "./support/clean-up.ts";
import { finished } from "./support/cli.ts";

const REGISTRIES = fileURLToPath(new URL("../demo/registries.ts", import.meta.url));
const cleanUp = cleanUpAfterEach();

it("npm run registries says which port is in use, and exits", async () => {
  const server = createServer();
  await new Promise<void>((resolve) => {
    // if another program has the port, it is in use as well
    server.once("error", () => resolve());
    server.listen(5001, "127.0.0.1", resolve);
  });
  cleanUp(() => new Promise<void>((resolve) => server.close(() => resolve())));
  const args = process.versions["deno"] === undefined ? [] : ["run", "-A"];
  const { code, stdout, stderr } = await finished(spawn(process.execPath, [...args, REGISTRIES]));
  assert.deepEqual([code, stdout], [1, ""]);
  assert.match(
    stderr,
    /^error: port 5001 of 127\.0\.0\.1 is in use, perhaps by another npm run registries\n {2}hint: /,
  );
});
