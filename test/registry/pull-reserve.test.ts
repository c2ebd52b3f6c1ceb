import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PULL_RESERVE } from "../../src/http/limits.ts";
import type { PullReserveSettings } from "../../src/model/host-settings.ts";
import { ImgsyncError } from "../../src/model/error.ts";
import type { Digest } from "../../src/model/digest.ts";
import { instantClock, type TestClient } from "../support/client.ts";
import type { EmbeddedRegistry } from "../support/embedded-registry/registry.ts";
import { smallImage } from "../support/images.ts";
import { calm, createScope } from "../support/scope.ts";

const { registry: start, client } = createScope();

const IMAGES = 30;
const RESERVE = 20;

type Options = {
  /** Pulls that are left at the start. */
  readonly left: number;
  readonly reserve?: Partial<PullReserveSettings>;
  /** Whether the answer to a pull counts it already. */
  readonly countsItself?: boolean;
  /** Pulls that come back with each minute. */
  readonly perMinute?: number;
  /** Holds back all pulls but the first, before they are counted, until it is settled. */
  readonly holdUntil?: Promise<void>;
  /** The shards that pull at a time, each with a client of its own. */
  readonly shards?: number;
  /** Answers the first looks of all shards only after all of them have looked. */
  readonly togetherAtFirst?: boolean;
  /** Drops the connection after every third pull was counted. */
  readonly drops?: boolean;
  readonly headers?: (remaining: number) => Readonly<Record<string, string>>;
};

type Quota = {
  readonly registry: EmbeddedRegistry;
  readonly client: TestClient;
  readonly clock: ReturnType<typeof instantClock>;
  readonly digests: readonly Digest[];
  /** The smallest number of pulls that were ever left. */
  readonly least: () => number;
  readonly pulls: () => number;
  /** Another client pulls. */
  readonly take: (count: number) => void;
  /** Reads an image, and returns `read`, `absent` or the error. */
  readonly read: (digest: Digest, signal?: AbortSignal) => Promise<string>;
  /** The same in each shard. */
  readonly readers: readonly ((digest: Digest) => Promise<string>)[];
};

/** A registry that counts each GET of a manifest as a pull. */
async function quota({
  left,
  reserve = {},
  countsItself = true,
  perMinute = 0,
  drops = false,
  shards = 1,
  togetherAtFirst = false,
  holdUntil,
  headers = (remaining) => ({ "ratelimit-limit": "100;w=21600", "ratelimit-remaining": `${remaining};w=21600` }),
}: Options): Promise<Quota> {
  const clock = instantClock();
  let pulls = 0;
  let taken = 0;
  const remaining = (): number =>
    Math.min(100, left + Math.floor(clock.monotonic() / 60_000) * perMinute) - pulls - taken;
  let least = Infinity;
  let looks = 0;
  const allLooked = Promise.withResolvers<void>();
  const registry = await start({
    onRequest: async ({ kind, method }) => {
      if (kind !== "manifest") return undefined;
      if (method === "GET" && pulls > 0) await holdUntil;
      if (togetherAtFirst && method === "HEAD") {
        looks += 1;
        if (looks >= shards) allLooked.resolve();
        await allLooked.promise;
      }
      const before = remaining();
      if (method === "GET") pulls += 1;
      least = Math.min(least, remaining());
      if (drops && method === "GET" && pulls % 3 === 0) return { kind: "drop" };
      return { kind: "rewrite", headers: headers(countsItself ? remaining() : before) };
    },
  });
  const settings = (): { readonly reserve: PullReserveSettings } => ({
    reserve: { pulls: RESERVE, wait: false, ...reserve },
  });
  const clients = Array.from({ length: shards }, () => client({ settings, clock, sharedBy: shards }));
  const [own] = clients;
  assert.ok(own);
  const readWith =
    ({ reader }: TestClient) =>
    async (digest: Digest, signal = calm.signal): Promise<string> => {
      const reference = { repository: { host: registry.host, path: "app" }, digest };
      try {
        return (await reader.readManifest(reference, { signal })) === undefined ? "absent" : "read";
      } catch (thrown) {
        if (thrown instanceof ImgsyncError) return `${thrown.code}: ${thrown.message}`;
        throw thrown;
      }
    };
  return {
    registry,
    client: own,
    clock,
    digests: Array.from({ length: IMAGES }, (_, at) => registry.putImage("app", `v${at}`, smallImage(at))),
    least: () => least,
    pulls: () => pulls,
    take: (count) => void (taken += count),
    read: readWith(own),
    readers: clients.map(readWith),
  };
}

const countOf = (results: readonly string[], wanted: RegExp): number =>
  results.filter((one) => wanted.test(one)).length;

describe("the reserve of pulls", () => {
  for (const countsItself of [true, false])
    it(`is never used when many images are read at a time, and an answer ${countsItself ? "counts" : "does not count"} its own pull`, async () => {
      const { digests, read, least, pulls, registry } = await quota({ left: 30, countsItself });
      const results = await Promise.all(digests.map((digest) => read(digest)));
      assert.equal(countOf(results, /^read$/), 10);
      assert.equal(
        countOf(results, /^RATE_LIMITED: not pulled: at .* 20 of 100 pulls are left, and `reserve` keeps 20$/),
        20,
      );
      assert.deepEqual([pulls(), least()], [10, RESERVE]);
      assert.equal(registry.countRequests({ method: "GET" }), 10);
    });

  it("is never used by pulls that are on their way while the registry answers others", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const { digests, read, least, pulls } = await quota({ left: 28, holdUntil: promise });
    const first = digests.slice(0, 8).map((digest) => read(digest));
    await Promise.race(first);
    // 27 pulls are left as far as the registry knows, and 7 of them are taken
    const next = read(digests[8] as Digest);
    resolve();
    assert.equal(countOf(await Promise.all(first), /^read$/), 8);
    assert.match(await next, /^RATE_LIMITED/);
    assert.deepEqual([pulls(), least()], [8, RESERVE]);
  });

  it("is never used by attempts that fail after the registry has counted them", async () => {
    const { digests, read, least, pulls } = await quota({ left: 32, drops: true });
    const results = await Promise.all(digests.map((digest) => read(digest)));
    assert.deepEqual([pulls(), least()], [12, RESERVE]);
    assert.equal(countOf(results, /^read$/), 8);
  });

  it("is never used by several shards that pull at a time, each with counts of its own", async () => {
    const { digests, readers, least, pulls } = await quota({ left: 40, shards: 3 });
    const results = await Promise.all(readers.flatMap((read) => digests.map((digest) => read(digest))));
    assert.ok(least() >= RESERVE, String(least()));
    // the two pulls that the others may have in progress stay unused
    assert.ok(pulls() >= 18 && pulls() <= 20, String(pulls()));
    assert.equal(countOf(results, /^read$/), pulls());
    assert.equal(
      countOf(results, /`reserve` keeps 20 and 2 more for pulls of other shards \(--parallel\)$/),
      90 - pulls(),
    );
  });

  for (const [left, read] of [
    [22, 0],
    [23, 3],
  ] as const)
    it(`is never used by three shards that see ${left} pulls at the same moment`, async () => {
      const { digests, readers, least, pulls } = await quota({ left, shards: 3, togetherAtFirst: true });
      await Promise.all(readers.map((reader, at) => reader(digests[at] as Digest)));
      assert.deepEqual([pulls(), least()], [read, left - read]);
    });

  it("is kept by waiting with `wait`, until every image is read", async () => {
    const {
      digests,
      read,
      least,
      pulls,
      clock,
      client: own,
    } = await quota({ left: 25, reserve: { wait: true }, perMinute: 2 });
    const results = await Promise.all(digests.map((digest) => read(digest)));
    assert.equal(countOf(results, /^read$/), IMAGES);
    assert.deepEqual([pulls(), least()], [IMAGES, RESERVE]);
    assert.ok(
      clock.slept.length >= 12 && clock.slept.every((slept) => slept === PULL_RESERVE.pollMs),
      String(clock.slept),
    );
    assert.match(own.warnings[0] ?? "", /waiting until more than 20 pulls are left, the `reserve` of this registry/);
  });

  it("is waited for at most 12 hours", async () => {
    const { digests, read, pulls, clock } = await quota({ left: 20, reserve: { wait: true } });
    assert.match(
      await read(digests[0] as Digest),
      /^RATE_LIMITED: .* and `reserve` keeps 20, also after hours of waiting$/,
    );
    assert.equal(pulls(), 0);
    assert.equal(clock.monotonic(), 12 * 3_600_000);
  });

  it("is waited for 12 hours in all, and not by each image", async () => {
    const { digests, read, pulls, clock, take } = await quota({ left: 20, reserve: { wait: true } });
    const results = [];
    for (const digest of digests) results.push(await read(digest));
    assert.equal(countOf(results, /^RATE_LIMITED: /), IMAGES);
    assert.equal(clock.monotonic(), 12 * 3_600_000);
    take(-10);
    assert.equal(await read(digests[0] as Digest), "read");
    assert.equal(pulls(), 1);
  });

  it("is not waited for if it is all that the registry allows, alone or with what other shards need", async () => {
    const { digests, read, clock } = await quota({ left: 100, reserve: { pulls: 100, wait: true } });
    assert.match(
      await read(digests[0] as Digest),
      /^RATE_LIMITED: not pulled: .* allows 100 pulls, and `reserve` keeps 100$/,
    );
    assert.equal(clock.monotonic(), 0);
    const shards = await quota({ left: 100, reserve: { pulls: 90, wait: true }, shards: 11 });
    assert.match(
      await shards.read(shards.digests[0] as Digest),
      /allows 100 pulls, and `reserve` keeps 90 and 10 more for pulls of other shards \(--parallel\)$/,
    );
    assert.equal(shards.clock.monotonic(), 0);
  });

  it("is not waited for after the item is cancelled", async () => {
    const { digests, read, clock } = await quota({ left: 20, reserve: { wait: true } });
    const controller = new AbortController();
    clock.alarm(150_000, () => controller.abort(new Error("enough")));
    await assert.rejects(read(digests[0] as Digest, controller.signal), /enough/);
    assert.deepEqual(clock.slept, [60_000, 60_000, 60_000]);
  });

  for (const [name, headers] of [
    ["reports nothing", {}],
    ["reports only a part", { "ratelimit-limit": "100;w=21600" }],
    ["reports a wrong number", { "ratelimit-limit": "100;w=21600", "ratelimit-remaining": "many" }],
  ] as readonly (readonly [string, Readonly<Record<string, string>>])[])
    it(`is unknown when the registry ${name}, and then nothing is pulled`, async () => {
      const { digests, read, pulls } = await quota({ left: 100, headers: () => headers });
      const result = await read(digests[0] as Digest);
      assert.match(
        result,
        /^RATE_LIMITED: not pulled: .* did not report how many pulls are left, and `reserve` keeps 20$/,
      );
      assert.equal(pulls(), 0);
    });

  it("counts what other clients pull", async () => {
    const { digests, read, take, clock, least } = await quota({ left: 100 });
    assert.equal(await read(digests[0] as Digest), "read");
    take(79);
    // what the registry reported a minute ago is not trusted any more
    await clock.sleep(60_001, calm.signal);
    assert.match(await read(digests[1] as Digest), /^RATE_LIMITED/);
    assert.equal(least(), RESERVE);
  });

  it("costs no pull for content that does not exist", async () => {
    const { read, pulls } = await quota({ left: 100 });
    assert.equal(await read(`sha256:${"0".repeat(64)}` as Digest), "absent");
    assert.equal(pulls(), 0);
  });

  it("needs no other requests while enough pulls are known to be left", async () => {
    const { digests, read, registry } = await quota({ left: 100 });
    for (const digest of digests) assert.equal(await read(digest), "read");
    assert.deepEqual(
      [registry.countRequests({ method: "HEAD" }), registry.countRequests({ method: "GET" })],
      [1, IMAGES],
    );
  });

  it("does not exist by default, and then costs no requests", async () => {
    const registry = await start();
    const digest = registry.putImage("app", "v1", smallImage(1));
    const { reader } = client();
    await reader.readManifest({ repository: { host: registry.host, path: "app" }, digest }, calm);
    assert.deepEqual(
      registry.log.map(({ method }) => method),
      ["GET"],
    );
  });
});
