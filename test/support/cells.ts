import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import type { ErrorCode } from "../../src/model/error.ts";
import type { FaultAction } from "./embedded-registry/faults.ts";
import type { RegistryRequest } from "./embedded-registry/request.ts";
import {
  type Lab,
  openLab,
  type Run,
  runLab,
  startGuardedUpstream,
  startUpstream,
  type Upstream,
} from "./fault-lab.ts";
import type { FaultHook } from "./fault-proxy.ts";
import { assertInvariants } from "./invariants.ts";

/** A cell of the matrix in docs/reliability.md: a fault in one phase, and the outcome of the change that it affects. */
export type Cell = {
  /** A sentence, which docs/reliability.md contains. */
  readonly name: string;
  readonly at: "source" | "target";
  readonly faults: (lab: Lab) => FaultHook;
  /** `applied`, or the code of the error that the change fails with. */
  readonly ends: "applied" | ErrorCode;
  /** The maximum number of requests; the default allows a few repetitions. */
  readonly requests?: number;
  readonly patienceMs?: number;
  /** Whether the registry has a token service. */
  readonly isGuarded?: boolean;
  readonly prepare?: (lab: Lab) => Promise<Lab>;
  readonly check?: (lab: Lab, run: Run) => void;
};

const REQUESTS = 60;

/** Defines a test for each cell, which checks all invariants at the end. */
export function testCells(title: string, cells: readonly Cell[]): void {
  describe(title, () => {
    const ends: (() => Promise<void>)[] = [];
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
    afterEach(async () => {
      for (const end of ends.splice(0)) await end();
    });
    for (const cell of cells) {
      it(cell.name, async () => {
        const upstream = cell.isGuarded === true ? guarded : open;
        assert.ok(upstream !== undefined);
        const plain = await openLab(upstream);
        ends.push(plain.stop);
        await runCell(cell, (await cell.prepare?.(plain)) ?? plain);
      });
    }
  });
}

async function runCell(cell: Cell, lab: Lab): Promise<void> {
  let played = 0;
  const hook = cell.faults(lab);
  lab[cell.at].setFaults(async (request) => {
    const action = await hook(request);
    if (action !== undefined) played += 1;
    return action;
  });
  const run = await runLab(lab, cell.patienceMs === undefined ? {} : { patienceMs: cell.patienceMs });
  assert.ok(played > 0, "the fault was met");
  const error = run.report.results[0]?.result.error;
  if (cell.ends === "applied") assert.equal(error, undefined);
  else assert.equal(error?.code, cell.ends, JSON.stringify(error));
  cell.check?.(lab, run);
  const outcome = cell.ends === "applied" ? "applied" : cell.ends === "TAG_STALE" ? "stale" : "failed";
  await assertInvariants(lab, run, { outcome, requests: cell.requests ?? REQUESTS });
}

export type Matcher = (request: RegistryRequest, lab: Lab) => boolean;

/** The requests of each phase, for the image that the faults affect and for no other. */
export const PHASES = {
  token: ({ kind }) => kind === "token",
  sourceHead: ({ method, kind, repository }, lab) =>
    method === "HEAD" && kind === "manifest" && repository === lab.sourceRepository,
  sourceManifest: ({ method, kind, repository }, lab) =>
    method === "GET" && kind === "manifest" && repository === lab.sourceRepository,
  targetLook: ({ method, kind, repository }, lab) =>
    (method === "HEAD" || method === "GET") && kind === "manifest" && repository === lab.victim.repository,
  blobRead: ({ method, kind, repository, reference }, lab) =>
    method === "GET" && kind === "blob" && repository === lab.sourceRepository && isLayer(reference, lab),
  blobHead: ({ method, kind, repository }, lab) =>
    method === "HEAD" && kind === "blob" && repository === lab.victim.repository,
  uploadStart: ({ method, kind, repository }, lab) =>
    method === "POST" && kind === "upload" && repository === lab.victim.repository,
  blobPut: ({ method, kind, repository, query }, lab) =>
    method === "PUT" && kind === "upload" && repository === lab.victim.repository && isLayer(query.get("digest"), lab),
  tagPut: ({ method, kind, repository, reference }, lab) =>
    method === "PUT" && kind === "manifest" && repository === lab.victim.repository && reference === "v1",
  manifestPut: ({ method, kind, repository, reference }, lab) =>
    method === "PUT" && kind === "manifest" && repository === lab.victim.repository && reference !== "v1",
} as const satisfies Readonly<Record<string, Matcher>>;

function isLayer(digest: string | null | undefined, { victim }: Lab): boolean {
  const layer = victim.image.blobs.at(-1)?.descriptor.digest;
  return layer === undefined || digest === layer;
}

/** Returns the action for the first `times` matching requests, by default for all of them. */
export function on(
  matches: Matcher,
  action: FaultAction | ((request: RegistryRequest, lab: Lab) => FaultAction | undefined),
  times = Number.POSITIVE_INFINITY,
): (lab: Lab) => FaultHook {
  return (lab) => {
    let left = times;
    return (request) => {
      if (left <= 0 || !matches(request, lab)) return undefined;
      left -= 1;
      return typeof action === "function" ? action(request, lab) : action;
    };
  };
}

/** A registry's own error. */
export function refusal(status: number, code: string, headers: Readonly<Record<string, string>> = {}): FaultAction {
  return { kind: "answer", status, headers, body: JSON.stringify({ errors: [{ code, message: code.toLowerCase() }] }) };
}

/** A web page from a server in front of the registry. */
export const PAGE: FaultAction = {
  kind: "answer",
  status: 200,
  headers: { "content-type": "text/html" },
  body: "<html><body>200 OK: Healthcheck requested</body></html>",
};
