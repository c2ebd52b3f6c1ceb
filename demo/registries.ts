// Starts two registries on this machine to try imgsync with. examples/loopback/images.yaml copies from one to the other.
import { startRegistry } from "../test/support/embedded-registry/registry.ts";
import { fillUpstream } from "./content.ts";

const upstream = await startRegistry({ port: 5001 });
const ours = await startRegistry({ port: 5002 });
fillUpstream(upstream);
process.stdout.write(
  `upstream, with a few images:  ${upstream.host}\nours, empty:                  ${ours.host}\nCtrl-C ends both; nothing is kept\n`,
);
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => void Promise.all([upstream.stop(), ours.stop()]));
}
