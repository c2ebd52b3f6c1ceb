import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { takeSnapshot } from "../../src/executor/snapshot.ts";
import type { Reader } from "../../src/model/ports.ts";
import type { Question } from "../../src/model/snapshot.ts";
import { reference } from "../support/changes.ts";
import { createHold } from "../support/hold.ts";
import { smallImage } from "../support/images.ts";
import { calm, createScope, NO_LOCAL_IMAGES } from "../support/scope.ts";

const { registry: start, client } = createScope();

describe("takeSnapshot", () => {
  it("answers questions in rounds until there are no more, and reports its progress", async () => {
    const registry = await start();
    const image = smallImage(1);
    registry.putImage("a", "v1", image);
    const { repository } = reference(`${registry.host}/a`);
    const rounds: readonly (readonly Question[])[] = [
      [{ kind: "tags", repository }],
      [{ kind: "resolve", reference: { repository, tag: "v1" }, side: "source" }],
      [{ kind: "manifest", reference: { repository, digest: image.digest } }],
      [],
    ];
    let round = 0;
    const counts: string[] = [];
    const snapshot = await takeSnapshot({
      ask: () => rounds[round++] ?? [],
      reader: client().reader,
      localImages: NO_LOCAL_IMAGES,
      ...calm,
      onAnswer: ({ answered, asked }) => counts.push(`${answered}/${asked}`),
    });
    assert.deepEqual(counts, ["1/1", "2/2", "3/3"]);
    assert.equal(snapshot.tags.get(`${registry.host}/a`)?.kind, "found");
    assert.equal(snapshot.resolved.get(`${registry.host}/a:v1`)?.kind, "found");
    assert.equal(snapshot.manifests.get(`${registry.host}/a@${image.digest}`)?.kind, "found");
  });

  it("keeps a failure as an answer beside the others", async () => {
    const good = await start();
    const bad = await start({ onRequest: () => ({ kind: "answer", status: 403 }) });
    good.putImage("a", "v1", smallImage(1));
    const questions = [good, bad].map(({ host }): Question => ({
      kind: "resolve",
      reference: reference(`${host}/a:v1`),
      side: "target",
    }));
    let isAsked = false;
    const ask = (): readonly Question[] => {
      if (isAsked) return [];
      isAsked = true;
      return questions;
    };
    const { resolved } = await takeSnapshot({ ask, reader: client().reader, localImages: NO_LOCAL_IMAGES, ...calm });
    assert.equal(resolved.get(`${good.host}/a:v1`)?.kind, "found");
    const failed = resolved.get(`${bad.host}/a:v1`);
    assert.ok(failed?.kind === "failed");
    assert.equal(failed.error.code, "DENIED");
  });

  it("asks a host a bounded number of questions at a time, and others meanwhile", async () => {
    const questions = ["slow.example", "fast.example"].flatMap((host) =>
      Array.from({ length: 500 }, (_, at): Question => ({
        kind: "resolve",
        reference: reference(`${host}/a:v${at}`),
        side: "source",
      })),
    );
    const image = smallImage(1);
    const rounds = [questions, []];
    const slow = Promise.withResolvers<void>();
    const inProgress = new Map<string, number>();
    const most = new Map<string, number>();
    const resolve: Reader["resolve"] = async ({ repository: { host } }) => {
      inProgress.set(host, (inProgress.get(host) ?? 0) + 1);
      most.set(host, Math.max(most.get(host) ?? 0, inProgress.get(host) ?? 0));
      await (host === "slow.example" ? slow.promise : undefined);
      inProgress.set(host, (inProgress.get(host) ?? 0) - 1);
      return { mediaType: image.mediaType, digest: image.digest, size: image.bytes.length };
    };
    const { resolved } = await takeSnapshot({
      ask: () => rounds.shift() ?? [],
      reader: { ...client().reader, resolve },
      localImages: NO_LOCAL_IMAGES,
      ...calm,
      // all of the other host are answered before the first of this one is
      onAnswer: ({ answered }) => answered === 500 && slow.resolve(),
    });
    assert.equal(resolved.size, 1000);
    assert.equal(most.get("slow.example"), 64);
    assert.ok((most.get("fast.example") ?? Infinity) <= 64);
  });

  it("releases the timer of each question, also when the run is interrupted", async () => {
    const timers = new Set<symbol>();
    const alarm = (): (() => void) => {
      const timer = Symbol("timer");
      timers.add(timer);
      return () => void timers.delete(timer);
    };
    const ask = (): readonly Question[] => [
      { kind: "resolve", reference: reference("host.example/a:v1"), side: "source" },
    ];
    const hold = createHold();
    const run = new AbortController();
    const resolve: Reader["resolve"] = async (_, { signal }) => {
      await hold.pass();
      throw signal.reason;
    };
    const taken = takeSnapshot({
      ask,
      reader: { ...client().reader, resolve },
      localImages: NO_LOCAL_IMAGES,
      deadline: { clock: { monotonic: () => 0, alarm }, milliseconds: 1000 },
      signal: run.signal,
    });
    await hold.arrived;
    assert.equal(timers.size, 1);
    run.abort(new Error("enough"));
    hold.release();
    await assert.rejects(taken, { message: "enough" });
    assert.equal(timers.size, 0);
  });

  it("rejects at once when the run is interrupted", async () => {
    const registry = await start();
    const ask = (): readonly Question[] => [
      { kind: "resolve", reference: reference(`${registry.host}/a:v1`), side: "source" },
    ];
    await assert.rejects(
      takeSnapshot({ ask, reader: client().reader, localImages: NO_LOCAL_IMAGES, signal: AbortSignal.abort() }),
      {
        name: "AbortError",
      },
    );
  });
});
