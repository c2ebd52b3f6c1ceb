import { plainImage } from "../../../demo/images.ts";
import { HEAD, type Scenario, withoutCredentials } from "../scenario.ts";

const HOUR_MS = 3_600_000;
const SHOWN_DIGEST = "sha256:1a2c3d6da066";

/** An image made an hour ago is held back. The page shows fixed dates instead of current ones. */
export const minAge: Scenario = {
  name: "min-age",
  play: async ({ upstream, write, run, show }) => {
    const made = Date.now() - HOUR_MS;
    const tooYoung = plainImage(9, { created: new Date(made).toISOString() });
    upstream.putImage("app", "1.26.0", plainImage(6));
    upstream.putImage("app", "1.27.0", plainImage(7));
    upstream.putImage("app", "1.28.0", tooYoung);
    show(tooYoung.digest.slice(0, SHOWN_DIGEST.length), SHOWN_DIGEST);
    show(toMinute(made), "2026-11-23 09:30");
    show(toMinute(made + 72 * HOUR_MS), "2026-11-26 09:30");
    await write(
      "images.yaml",
      `${HEAD}images:
  - source: 127.0.0.1:5001/app
    target: 127.0.0.1:5002/mirror/app
    minAge: 72h
    tags:
      - { semver: ">=1.20 <2", latest: 2 }
`,
    );
    return { plan: await run("plan"), explain: withoutCredentials(await run("explain 127.0.0.1:5001/app:1.28.0")) };
  },
};

function toMinute(ms: number): string {
  return new Date(ms).toISOString().slice(0, 16).replace("T", " ");
}
