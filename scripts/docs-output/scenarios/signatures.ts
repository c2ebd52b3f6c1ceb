import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { plainImage } from "../../../demo/images.ts";
import { referrersTag } from "../../../test/support/images.ts";
import { HEAD, type Scenario } from "../scenario.ts";

const [signed, unsigned] = [plainImage(1), plainImage(2)];

/** Answers like cosign, for an image with a signature and one without. */
const COSIGN = `#!/bin/sh
case "$*" in
*version*) echo '{"gitVersion":"v3.1.1"}' ;;
*${signed.digest}*) ;;
*) echo "Error: no signatures found" >&2; exit 10 ;;
esac
`;

const manifest = (more = ""): string => `${HEAD}images:
  - source: 127.0.0.1:5001/team/app
    target: 127.0.0.1:5002/mirror/app
    tags: [1.0.0, 1.1.0]
${more}`;

/** A signed image, one that is signed after it was copied, and one that should be signed. */
export const signatures: Scenario = {
  name: "signatures",
  play: async ({ upstream, ours, folder, write, run }) => {
    const sign = (image: typeof signed): void =>
      void upstream.putImage("team/app", referrersTag(image, ".sig"), plainImage(100));
    upstream.putImage("team/app", "1.0.0", signed);
    upstream.putImage("team/app", "1.1.0", unsigned);
    sign(signed);
    await write("images.yaml", manifest());
    const plan = await run("plan");

    await write("bin/cosign", COSIGN);
    await chmod(join(folder, "bin/cosign"), 0o700);
    await write("cosign.pub", "-----BEGIN PUBLIC KEY-----\n");
    await write("images.yaml", manifest("    verify: { key: cosign.pub }\n"));
    const environment = { PATH: `${join(folder, "bin")}:/usr/bin:/bin`, XDG_RUNTIME_DIR: folder };
    const required = await run("plan", { environment });

    ours.putImage("mirror/app", "1.1.0", unsigned);
    sign(unsigned);
    await write("images.yaml", manifest());
    return { plan, required, attach: await run("plan --only '**/*:1.1.0'") };
  },
};
