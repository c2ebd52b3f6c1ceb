import { digestOf } from "../../src/model/digest.ts";
import type { Plan } from "../../src/model/plan.ts";
import { renderPlan } from "../../src/reporters/text-plan.ts";
import { copy, MIRROR, reference, STYLE } from "./samples.ts";
import type { Scene } from "./screens.ts";

const OLD = digestOf("old");

const PLAN: Plan = {
  manifestHash: digestOf("manifest"),
  changes: [
    copy("nginx", "1.27.3"),
    copy("nginx", "stable", { action: "update", observed: OLD }),
    copy("nginx", "1.27.2", { action: "none", observed: digestOf("nginx:1.27.2") }),
    copy("nginx", "1.26.2", {
      action: "blocked",
      observed: OLD,
      block: { kind: "rule", pattern: "1.*", position: { file: "images.yaml", line: 9, column: 5 } },
    }),
    copy("postgres", "17.2", { bytes: 154_000_000, platforms: [{ os: "linux", architecture: "amd64" }] }),
    copy("postgres", "17.1", {
      action: "error",
      error: {
        code: "PIN_MOVED",
        side: "source",
        reference: "docker.io/library/postgres:17.1",
        message: `the tag points at ${OLD} now, not at the pinned ${digestOf("pin")}`,
        hint: "check what changed upstream, then pin the new digest, or the old one without the tag",
      },
    }),
    copy("postgres", "16.0", { action: "delete", observed: OLD, notes: ["no longer selected"] }),
    copy("redis", "8.0.0-rc1-alpine3.21", {
      action: "held",
      held: { since: new Date("2026-03-01T12:00:00Z"), by: "image", due: new Date("2026-03-04T12:00:00Z") },
    }),
  ],
  failures: [
    {
      positions: [{ file: "images.yaml", line: 31, column: 9 }],
      source: reference("quay.io/team/app").repository,
      targets: [reference(`${MIRROR}/app`).repository],
      error: { code: "SELECTED_NOTHING", message: 'no tag matches "9.*"', hint: "if that is fine, set optional: true" },
    },
  ],
};

/** `imgsync plan`, then `imgsync plan --verbose` for one repository. */
export const plan: Scene = (columns) => {
  const verbose = { ...PLAN, changes: PLAN.changes.slice(0, 4), failures: [] };
  return Promise.resolve(
    `$ imgsync plan\n${renderPlan(PLAN, { style: STYLE, columns })}\n$ imgsync plan --verbose\n${renderPlan(verbose, { style: STYLE, columns, verbose: true })}`,
  );
};
