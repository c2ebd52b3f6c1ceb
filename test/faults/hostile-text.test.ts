import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Matcher, PHASES } from "../support/cells.ts";
import { makeFolder, runCli } from "../support/cli.ts";
import { openLab, startUpstream, writeManifest } from "../support/fault-lab.ts";
import { createScope } from "../support/scope.ts";

const { onEnd } = createScope();

const HOSTILE = `\u001B[2J\u001B]0;title\u0007\r\n::error::taken over\n##[error]too ##vso[task.setvariable variable=a]b\n##teamcity[x]section_start:1:a\r\u001B[0K<img src=x> @all \u202E`;
const MOST_CHARACTERS = 20_000;

describe("text from a hostile registry", () => {
  const { sourceHead, sourceManifest, targetLook, uploadStart, tagPut } = PHASES;
  const meets: readonly (readonly ["source" | "target", Matcher])[] = [
    ["source", (request, lab) => sourceHead(request, lab) || sourceManifest(request, lab)],
    ["target", (request, lab) => targetLook(request, lab) || request.kind === "tags"],
    ["target", uploadStart],
    ["target", tagPut],
  ];
  for (const [side, isMet] of meets) {
    it("is shown as plain text and truncated", async () => {
      const upstream = await startUpstream();
      onEnd(upstream.stop);
      const lab = await openLab(upstream);
      onEnd(lab.stop);
      const folder = await makeFolder({ "images.yaml": writeManifest(lab) });
      onEnd(folder.remove);
      lab[side].setFaults((request) =>
        isMet(request, lab)
          ? {
              kind: "answer",
              status: 403,
              headers: { warning: '299 - "::warning::of the registry"' },
              body: JSON.stringify({ errors: [{ code: `DENIED${HOSTILE}`, message: HOSTILE + "x".repeat(50_000) }] }),
            }
          : undefined,
      );
      for (const format of ["text", "json"]) {
        const environment = { GITHUB_ACTIONS: "true", CI: "true" };
        const result = await runCli(["apply", "--yes", "--verbose", "--format", format], {
          cwd: folder.path,
          environment,
        });
        const text = result.stdout + result.stderr;
        assert.equal(result.code, 1, text.slice(0, 2000));
        assert.match(text, /taken over/, "the reason is shown");
        // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
        assert.doesNotMatch(text, /[\u0000-\u0009\u000B-\u001F\u007F-\u009F\u202A-\u202E]/);
        assert.doesNotMatch(text, /^\s*::|##[\w.]*\[|section_start:/m, "nothing is a command of the CI system");
        assert.ok(text.length < MOST_CHARACTERS, `${text.length} characters`);
      }
    });
  }
});
