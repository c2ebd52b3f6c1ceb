import assert from "node:assert/strict";
import { setTimeout as wait } from "node:timers/promises";
import { after, before, describe, it } from "node:test";
import type { ErrorCode } from "../../src/model/error.ts";
import { DEFAULT_TIMEOUTS } from "../../src/http/limits.ts";
import { type Matcher, on, PAGE, PHASES, refusal } from "../support/cells.ts";
import { type FaultAction, NEVER } from "../support/embedded-registry/faults.ts";
import type { TranscriptEntry } from "../support/embedded-registry/transcript.ts";
import {
  type Lab,
  openLab,
  runLab,
  startGuardedUpstream,
  startUpstream,
  type Upstream,
  withIndex,
} from "../support/fault-lab.ts";
import { assertConverges, assertNothingLeaked, assertTagsComplete } from "../support/invariants.ts";

type Fault = FaultAction | ((lab: Lab) => FaultAction);

/** Advances the clock between two bytes, after giving the client a moment to read the first one. */
const drip = ({ clock }: Lab): FaultAction => ({
  kind: "trickle",
  bytes: 1,
  between: async () => {
    await wait(25);
    await clock.sleep(50_000, new AbortController().signal);
  },
});

const FAULTS: readonly (readonly [name: string, fault: Fault])[] = [
  ["a dropped connection", { kind: "drop" }],
  ["no answer", { kind: "silence" }],
  ["a lost answer", { kind: "drop-answer" }],
  ["a reset in the body", { kind: "truncate", bytes: 10, how: "reset" }],
  ["an early end", { kind: "truncate", bytes: 10, how: "unframed" }],
  ["a stalled body", { kind: "stall", bytes: 1, until: NEVER }],
  ["a trickling body", drip],
  ["a flipped byte", { kind: "flip", at: 7 }],
  ["an HTML page", PAGE],
  ["an empty 204", { kind: "answer", status: 204 }],
  [
    "an answer without digest and Location",
    { kind: "rewrite", headers: { "docker-content-digest": undefined, location: undefined } },
  ],
  ["429 with Retry-After", refusal(429, "TOOMANYREQUESTS", { "retry-after": "30" })],
  ["500 with MANIFEST_BLOB_UNKNOWN", refusal(500, "MANIFEST_BLOB_UNKNOWN")],
  ...[400, 401, 403, 404, 405, 429, 500, 501, 503].map(
    (status) => [String(status), refusal(status, "UNKNOWN")] as const,
  ),
];

type Phase = {
  readonly where: string;
  readonly at: "source" | "target";
  readonly matches: Matcher;
  readonly isGuarded?: boolean;
  readonly prepare?: (lab: Lab) => Promise<Lab>;
};

const PHASE_LIST: readonly Phase[] = [
  { where: "a token request", at: "target", matches: PHASES.token, isGuarded: true },
  { where: "the HEAD of the source", at: "source", matches: PHASES.sourceHead },
  { where: "the GET of the source", at: "source", matches: PHASES.sourceManifest },
  { where: "the check of the target", at: "target", matches: PHASES.targetLook },
  { where: "the GET of a blob", at: "source", matches: PHASES.blobRead },
  { where: "the HEAD of a blob", at: "target", matches: PHASES.blobHead },
  { where: "the POST of an upload", at: "target", matches: PHASES.uploadStart },
  { where: "the PUT of a blob", at: "target", matches: PHASES.blobPut },
  { where: "the PUT of a tag", at: "target", matches: PHASES.tagPut },
  { where: "the PUT of a child manifest", at: "target", matches: PHASES.manifestPut, prepare: withIndex },
];

/** The errors that a faulty registry may cause. INTERNAL would be a bug, and nothing here interrupts a run. */
const PROPER: ReadonlySet<ErrorCode> = new Set([
  "REGISTRY_UNREACHABLE",
  "REGISTRY_TIMEOUT",
  "REGISTRY_ERROR",
  "REGISTRY_PROTOCOL",
  "RATE_LIMITED",
  "UNAUTHENTICATED",
  "DENIED",
  "SOURCE_NOT_FOUND",
  "TARGET_NOT_FOUND",
  "CONTENT_MISSING",
  "CONTENT_MISMATCH",
  "CONTENT_REFUSED",
  "TAG_STALE",
]);

/** How long the test really waits for a silent server. */
const REAL_PATIENCE_MS = 200;
/** The most attempts of one request for content, and of one check that may wait for content to become visible. */
const TRIES = 5;
const LOOKS = 30;

describe("a permanent fault", { concurrency: 4 }, () => {
  let open: Upstream | undefined;
  let guarded: Upstream | undefined;
  before(async () => {
    open = await startUpstream();
    guarded = await startGuardedUpstream();
  });
  after(async () => {
    await open?.stop();
    await guarded?.stop();
  });

  for (const phase of PHASE_LIST) {
    for (const [fault, action] of FAULTS) {
      it(`ends its change within the deadline: ${fault} for ${phase.where}`, async () => {
        const upstream = phase.isGuarded === true ? guarded : open;
        assert.ok(upstream !== undefined);
        const plain = await openLab(upstream);
        try {
          await runForEver((await phase.prepare?.(plain)) ?? plain, phase, action);
        } finally {
          await plain.stop();
        }
      });
    }
  }
});

async function runForEver(lab: Lab, phase: Phase, fault: Fault): Promise<void> {
  const action = typeof fault === "function" ? fault(lab) : fault;
  lab[phase.at].setFaults(on(phase.matches, action)(lab));
  const isSilent = action.kind === "silence" || action.kind === "stall";
  const run = await runLab(lab, isSilent ? { patienceMs: REAL_PATIENCE_MS } : {});
  const [victim, bystander] = run.report.results.map(({ result }) => result);
  if (victim?.outcome !== "applied") {
    const { error } = victim ?? {};
    assert.ok(error !== undefined && PROPER.has(error.code), JSON.stringify(victim));
  }
  // all images of a host share its token service
  if (phase.isGuarded !== true) assert.equal(bystander?.outcome, "applied", `I7: ${JSON.stringify(bystander)}`);
  assertInTime(lab);
  assertFewTries(lab);
  await assertTagsComplete(lab);
  assertNothingLeaked(lab, run);
  await assertConverges(lab);
}

/** By the simulated clock, on which the waits of both changes add up. */
function assertInTime({ clock }: Lab): void {
  const most = 2 * DEFAULT_TIMEOUTS.itemMs;
  assert.ok(clock.monotonic() <= most, `I4: ${clock.monotonic() / 1000} s, at most ${most / 1000}`);
}

/** I6, for each request. */
function assertFewTries({ source, target }: Lab): void {
  for (const [request, entries] of Map.groupBy([...source.log, ...target.log], keyOf)) {
    const isLook = request.startsWith("HEAD");
    const most = isLook ? LOOKS : TRIES * blobsOf(request);
    assert.ok(entries.length <= most, `I6: ${entries.length} times ${request}`);
  }
}

/** Uploads of different blobs start with the same request. */
function blobsOf(request: string): number {
  return request.startsWith("POST") || request.startsWith("GET token") ? 5 : 1;
}

function keyOf({ method, kind, repository, reference, query }: TranscriptEntry): string {
  const digest = kind === "upload" ? new URLSearchParams(query).get("digest") : reference;
  return [method, kind, repository, digest].join(" ");
}
