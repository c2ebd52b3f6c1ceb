// Starts two registries on this machine to try imgsync with. examples/loopback/images.yaml copies from one to the other.
// With --mirror, the first one has the images of examples/migrating/regsync.yml instead.
import { readFile } from "node:fs/promises";
import { type EmbeddedRegistry, startRegistry } from "../test/support/embedded-registry/registry.ts";
import { fillUpstream } from "./content.ts";
import { MIRROR, publishMirror } from "./mirror.ts";

/** Starts a registry. If another program has the port, says so and exits. */
async function start(port: number): Promise<EmbeddedRegistry> {
  try {
    return await startRegistry({ port });
  } catch (thrown) {
    if (!(thrown instanceof Error && "code" in thrown && thrown.code === "EADDRINUSE")) throw thrown;
    process.stderr.write(
      `error: port ${port} of 127.0.0.1 is in use, perhaps by another npm run registries\n  hint: stop that program, and start this again\n`,
    );
    return process.exit(1);
  }
}

const upstream = await start(5001);
const ours = await start(5002);
if (process.argv.includes("--mirror")) publishMirror(upstream, await readFile(MIRROR, "utf8"));
else fillUpstream(upstream);
process.stdout.write(
  `upstream, with a few images:  ${upstream.host}\nours, empty:                  ${ours.host}\nCtrl-C ends both; nothing is kept\n`,
);
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => void Promise.all([upstream.stop(), ours.stop()]));
}
