import assert from "node:assert/strict";
import { test } from "node:test";
import type { CredentialSearch } from "../../src/model/credential-search.ts";
import { EXPLAIN_FORMATS } from "../../src/reporters/credential-steps.ts";
import { PLAIN } from "./samples.ts";

const NOW = new Date("2026-03-01T12:00:00Z");

function search(expiresAt: Date): CredentialSearch {
  const outcome = { kind: "found", credential: "basic", origin: "gcloud", expiresAt } as const;
  return {
    place: "eu-docker.pkg.dev",
    steps: [
      { source: "docker's config.json", outcome: { kind: "none" } },
      { source: "gcloud", outcome },
    ],
    isLayout: false,
    now: NOW,
  };
}

test("credentials are shown with their remaining lifetime", () => {
  const lifetimes = ["2026-03-01T12:59:59Z", "2026-03-01T12:01:00Z", "2026-03-01T12:00:30Z", "2026-03-01T12:00:00Z"];
  const used = lifetimes.map((time) =>
    EXPLAIN_FORMATS.text(search(new Date(time)), PLAIN)
      .split("\n")
      .at(-2),
  );
  assert.deepEqual(
    used.map((line) => line?.replace("used: a user name with a password (gcloud), ", "")),
    ["59 minutes left", "1 minute left", "less than a minute left", "expired"],
  );
});

test("in JSON, the credentials that are used have the time at which they expire", () => {
  const expiresAt = "2026-03-01T12:59:59.000Z";
  assert.deepEqual(JSON.parse(EXPLAIN_FORMATS.json(search(new Date(expiresAt)), PLAIN)), {
    version: 1,
    for: "eu-docker.pkg.dev",
    used: { credential: "basic", origin: "gcloud", expiresAt },
    steps: [
      { source: "docker's config.json", outcome: "none" },
      { source: "gcloud", outcome: "found", credential: "basic", origin: "gcloud", expiresAt },
    ],
  });
});
