import { Buffer } from "node:buffer";
import { type PulledDocument, type PullOptions, pullDocument } from "../copy/artifacts/pull.ts";
import { pushTagged } from "../copy/artifacts/push.ts";
import { findReferrers, pushAsReferrer } from "../copy/artifacts/referrers.ts";
import type { RetryingStore } from "../copy/retrying-store.ts";
import { inParallel } from "../async/in-parallel.ts";
import { decodeDocument, type DocumentKind, MAX_DOCUMENT_BYTES } from "../load/read-document.ts";
import { parsePlan, PLAN_KIND } from "../load/read-plan.ts";
import { parseReport, REPORT_KIND } from "../load/read-report.ts";
import { ARTIFACT_TYPES, createArtifact } from "../model/artifact.ts";
import type { Descriptor } from "../model/descriptor.ts";
import type { Digest } from "../model/digest.ts";
import { ImgsyncError } from "../model/error.ts";
import type { Report } from "../model/event.ts";
import type { Cancellable } from "../model/ports.ts";
import type { Reference, Repository, TagReference } from "../model/reference.ts";
import { formatRemote } from "../model/remote-document.ts";
import { formatShard, type ShardNumber } from "../model/shard.ts";
import { maskSecrets } from "../model/secret.ts";
import { formatLimit } from "../model/size.ts";
import { inChunks } from "../text/json-pieces.ts";
import { jsonPlanPieces } from "../reporters/json-plan.ts";
import { jsonReportPieces } from "../reporters/json-report.ts";
import type { Plan } from "../model/plan.ts";
import type { NamedReport } from "./merge-reports.ts";
import type { SavedPlan } from "./saved-plan.ts";

/** A plan in a registry. Reports of its shards refer to its manifest. */
export type RemotePlan = SavedPlan & { readonly repository: Repository; readonly manifest: Descriptor };

const READS_AT_ONCE = 8;

/** What to do about a plan above the limit. */
export const TOO_LARGE_HINT = "plan parts of it, with --only or with several manifests";

/**
 * Saves a plan in a registry under a tag. Returns the digest of the artifact.
 * @throws ImgsyncError OUTPUT_FAILED if the plan is larger than what is read
 */
export async function pushPlan(
  client: RetryingStore,
  plan: Plan,
  target: TagReference,
  how: Cancellable,
): Promise<Digest> {
  const document = encode(jsonPlanPieces(plan));
  if (document.byteLength > MAX_DOCUMENT_BYTES)
    throw new ImgsyncError({
      code: "OUTPUT_FAILED",
      message: `the plan is larger than ${formatLimit(MAX_DOCUMENT_BYTES)}, and was not saved to "${formatRemote(target)}"`,
      hint: TOO_LARGE_HINT,
    });
  return pushTagged(client, createArtifact({ type: ARTIFACT_TYPES.plan, document, title: "plan.json" }), target, how);
}

/**
 * Reads a plan from a registry. It is as untrusted as a file: what it may do is checked when it is compared with the manifest.
 * @throws ImgsyncError PLAN_INVALID
 */
export async function pullPlan(client: RetryingStore, reference: Reference, how: Cancellable): Promise<RemotePlan> {
  const name = formatRemote(reference);
  const { bytes, manifest } = await pull(client, reference, { ...how, type: ARTIFACT_TYPES.plan, kind: PLAN_KIND });
  const plan = await parsePlan(decodeDocument(bytes, name, PLAN_KIND), name);
  return { plan, name, repository: reference.repository, manifest };
}

/** Saves the report of a shard in the registry, as a referrer of its plan. */
export function pushReport(
  client: RetryingStore,
  report: Report,
  { plan, shard, signal }: Cancellable & { readonly plan: RemotePlan; readonly shard: ShardNumber },
): Promise<void> {
  const artifact = createArtifact({
    type: ARTIFACT_TYPES.report,
    document: encode(jsonReportPieces(report)),
    title: `report-${shard.number}.json`,
    subject: plan.manifest,
    annotations: { "imgsync.shard": formatShard(shard) },
  });
  const { repository, manifest } = plan;
  return pushAsReferrer(client, artifact, {
    repository,
    subject: manifest.digest,
    suffix: suffixOf(shard.number),
    signal,
  });
}

/**
 * Reads the reports that refer to a plan. Other artifacts that refer to it, such as signatures, are left out.
 * @throws ImgsyncError REPORT_INVALID if a report is not valid, or is about another plan
 */
export async function pullReports(
  client: RetryingStore,
  { plan, name, repository, manifest }: RemotePlan,
  how: Cancellable,
): Promise<readonly NamedReport[]> {
  const suffixes = (plan.shards ?? []).map((_, at) => suffixOf(at + 1));
  const subject = { repository, digest: manifest.digest };
  const digests = await findReferrers(client, subject, { ...how, suffixes });
  const reports: NamedReport[] = [];
  const read = async (digest: Digest): Promise<void> => {
    const type = ARTIFACT_TYPES.report;
    const found = await pullDocument(client, { repository, digest }, { ...how, type, maxBytes: MAX_DOCUMENT_BYTES });
    // a foreign artifact, or one that was deleted in the meantime: its shard is missing then
    if (found === "other" || found === "absent") return;
    const reportName = formatRemote({ repository, digest });
    const { bytes, subject: about } = orThrow(found, reportName, REPORT_KIND);
    const report = await parseReport(decodeDocument(bytes, reportName, REPORT_KIND), reportName);
    if (about !== manifest.digest || !isAbout(report, plan))
      throw new ImgsyncError({ code: "REPORT_INVALID", message: `"${reportName}" is not about the plan "${name}"` });
    reports.push({ name: reportName, report });
  };
  await inParallel(READS_AT_ONCE, digests, read, how.signal);
  if (reports.length > 0) return reports;
  throw new ImgsyncError({
    code: "REPORT_INVALID",
    message: `no shard of the plan "${name}" has reported`,
    hint: `apply each of its shards: imgsync apply ${name} --shard I/${plan.shards?.length ?? "N"}`,
  });
}

function isAbout(report: Report, { checksum, changes, shards = [] }: Plan): boolean {
  return (
    report.plan?.checksum === checksum && report.plan?.tags === changes.length && report.shard?.of === shards.length
  );
}

type Pull = Omit<PullOptions, "maxBytes"> & { readonly kind: DocumentKind };

async function pull(client: RetryingStore, reference: Reference, { kind, ...how }: Pull): Promise<PulledDocument> {
  const found = await pullDocument(client, reference, { ...how, maxBytes: MAX_DOCUMENT_BYTES });
  return orThrow(found, formatRemote(reference), kind);
}

function orThrow(
  found: Awaited<ReturnType<typeof pullDocument>>,
  name: string,
  { code, what, hint }: DocumentKind,
): PulledDocument {
  if (typeof found === "object") return found;
  const messages = {
    absent: `${what} "${name}" is not in the registry`,
    other: `"${name}" is another artifact or image, and not ${what}`,
    large: `"${name}" is larger than ${formatLimit(MAX_DOCUMENT_BYTES)}`,
  };
  throw new ImgsyncError({ code, message: messages[found], hint });
}

function suffixOf(number: number): string {
  return `.report-${number}`;
}

/** Secrets are masked, as in files. */
function encode(pieces: Iterable<string>): Uint8Array {
  const encoder = new TextEncoder();
  return Buffer.concat(Array.from(inChunks(pieces), (chunk) => encoder.encode(maskSecrets(chunk))));
}
