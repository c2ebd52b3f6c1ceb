import assert from "node:assert/strict";
import { digestOf } from "../../src/model/digest.ts";
import type { Outcome } from "../../src/model/event.ts";
import { exitCodeOfReport } from "../../src/cli/terminal/exit-code.ts";
import { isWrite } from "./embedded-registry/transcript.ts";
import { type Lab, type Run, runLab, USER } from "./fault-lab.ts";
import { fetchOnce } from "./http.ts";
import type { TestImage } from "./images.ts";

export type Expected = {
  /** The outcome of the change that the faults affect. */
  readonly outcome: Outcome;
  /** The maximum number of requests of the run, on both sides. */
  readonly requests: number;
};

/**
 * Asserts what must hold after every run, whatever the registries did. The numbers are those of docs/reliability.md. I4, that a
 * run ends, is checked by the deadline in `runLab`.
 */
export async function assertInvariants(lab: Lab, run: Run, { outcome, requests }: Expected): Promise<void> {
  await assertTagsComplete(lab);
  assertNothingLeaked(lab, run);
  assert.ok(run.requests <= requests, `I6: ${run.requests} requests, at most ${requests} expected`);
  const [victim, bystander] = run.report.results.map(({ result }) => result);
  assert.equal(victim?.outcome, outcome, `I8: ${JSON.stringify(victim)}`);
  assert.equal(bystander?.outcome, "applied", `I7: the other image of the run: ${JSON.stringify(bystander)}`);
  assert.equal(exitCodeOfReport(run.report, 130), outcome === "applied" ? 0 : 4, "I8: the exit code");
  await assertConverges(lab);
}

/** I1: the content of each tag at the target is complete. */
export async function assertTagsComplete(
  { upstream, victim, bystander }: Lab,
  { isPresent = false }: { readonly isPresent?: boolean } = {},
): Promise<void> {
  for (const { repository, image } of [victim, bystander]) {
    const base = `http://${upstream.openHost}/v2/${repository}`;
    const accept = {
      accept: collect(image)
        .map(({ mediaType }) => mediaType)
        .join(", "),
    };
    const tag = await fetchOnce(`${base}/manifests/v1`, { headers: accept });
    if (tag.status === 404) {
      assert.ok(!isPresent || repository !== victim.repository, "the tag is there");
      continue;
    }
    assert.equal(digestOf(tag.bytes), image.digest, "I1: the tag points at the image of the source");
    for (const part of collect(image)) await assertThere(base, part, accept);
  }
}

async function assertThere(base: string, { digest, blobs }: TestImage, headers: Record<string, string>): Promise<void> {
  const manifest = await fetchOnce(`${base}/manifests/${digest}`, { headers });
  assert.equal(digestOf(manifest.bytes), digest, "I1: the manifest is there, byte for byte");
  for (const { descriptor } of blobs) {
    const blob = await fetchOnce(`${base}/blobs/${descriptor.digest}`);
    assert.equal(digestOf(blob.bytes), descriptor.digest, "I1: the blob is there, byte for byte");
  }
}

/** I2 and I3: no credential was sent to another origin, and none is in an output. */
export function assertNothingLeaked({ foreign }: Lab, { report, events, warnings }: Run): void {
  for (const { authorization, headers } of foreign.log) {
    assert.equal(authorization, false, "I2: another origin got an Authorization header");
    assert.ok(!isTelling(JSON.stringify(headers)), "I2: another origin got the password");
  }
  assert.ok(!isTelling(JSON.stringify([report, events, warnings])), "I3: the output holds the password");
}

/** Whether a text contains the password in any readable form. */
export function isTelling(text: string): boolean {
  const pair = `${USER.username}:${USER.password}`;
  const forms = [USER.password, encodeURIComponent(USER.password), base64(USER.password), base64(pair)];
  return forms.some((form) => text.includes(form));
}

/** I5: without faults a second run finishes the work, and a third run has nothing to do and writes nothing. */
export async function assertConverges(lab: Lab): Promise<void> {
  lab.source.setFaults(undefined);
  lab.target.setFaults(undefined);
  const second = await runLab(lab);
  const { applied, unchanged } = second.report.outcomes;
  assert.equal(applied + unchanged, 2, `I5: the second run converges: ${JSON.stringify(second.report.results)}`);
  await assertTagsComplete(lab);
  const third = await runLab(lab);
  assert.equal(third.report.outcomes.unchanged, 2, "I5: the third run finds nothing to do");
  assert.equal(third.report.transferredBytes, 0, "I5: the third run transfers nothing");
  assert.deepEqual(lab.target.log.filter(isWrite), [], "I5: the third run writes nothing");
}

function collect(image: TestImage): readonly TestImage[] {
  return [image, ...image.children.flatMap(collect)];
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
