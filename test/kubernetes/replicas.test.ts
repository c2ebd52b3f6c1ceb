import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type EmbeddedRegistry, startRegistry } from "../support/embedded-registry/registry.ts";
import { smallImage } from "../support/images.ts";
import { type ControlPlane, startControlPlane } from "./support/control-plane.ts";
import { readExample, registrySecret } from "./support/example.ts";
import { type NodeAgent, type RunningPod, startNodeAgent } from "./support/node-agent.ts";
import { type Follower, followReplicas, leaseOf, type SeenRun, untilOneLeads } from "./support/replicas.ts";
import { until } from "./support/until.ts";

const NAMESPACE = "imgsync";
const SCHEDULES = { "*/3 * * * * *": 3000, "*/5 * * * * *": 5000 } as const;
const LEASE_MS = 15_000;
const RENEW_DEADLINE_MS = 10_000;
const RETRY_MS = 2000;
const SECOND = 1000;

/** One of them is held back to have a run in progress. */
type Held = { readonly arrived: Promise<void>; readonly release: () => void };

describe("watch-replicas.yaml on a real control plane", () => {
  let plane: ControlPlane;
  let agent: NodeAgent;
  let follower: Follower;
  let source: EmbeddedRegistry;
  let target: EmbeddedRegistry;
  let hold: { readonly arrive: () => void; readonly opened: Promise<void> } | undefined;
  const undo: (() => Promise<void>)[] = [];

  /** Holds back the reads of blobs at the source. */
  const holdBlobs = (): Held => {
    const arrival = Promise.withResolvers<void>();
    const opening = Promise.withResolvers<void>();
    hold = { arrive: arrival.resolve, opened: opening.promise };
    return {
      arrived: arrival.promise,
      release: () => {
        hold = undefined;
        opening.resolve();
      },
    };
  };

  const nextRun = (what: string): Promise<SeenRun> => {
    const from = Date.now();
    return until(what, () =>
      follower.runs().find(({ startedAt, endedAt }) => startedAt > from && endedAt !== undefined),
    );
  };

  const lineOf = (pod: RunningPod, text: string, from: number): Promise<number> =>
    until(`${pod.name}: ${text}`, () => pod.lines.find((line) => line.at >= from && line.text.includes(text))?.at);

  before(async () => {
    source = await startRegistry({
      onRequest: async ({ method, path }) => {
        if (method !== "GET" || !path.includes("/blobs/")) return;
        hold?.arrive();
        await hold?.opened;
      },
    });
    undo.push(source.stop);
    target = await startRegistry({ auth: { kind: "basic", users: { mirror: "s3cret" } } });
    undo.push(target.stop);
    source.putImage("often", "v1", smallImage(1));
    source.putImage("seldom", "v1", smallImage(2));
    plane = await startControlPlane();
    undo.push(plane.stop);
    agent = await startNodeAgent(plane.api, plane.port);
    undo.push(agent.stop);
    follower = followReplicas(agent);
    undo.push(follower.stop);
    const manifest = `version: 1
registries: { "${source.host}": { plainHttp: true }, "${target.host}": { plainHttp: true } }
images:
${Object.keys(SCHEDULES)
  .map(
    (schedule, at) =>
      `  - { source: "${source.host}/${at === 0 ? "often" : "seldom"}", target: "${target.host}/${at}", tags: ["v1"], schedule: "${schedule}" }`,
  )
  .join("\n")}
`;
    const objects = readExample("watch-replicas.yaml", {
      files: { "images.yaml": manifest },
      // both pods have the same address here
      word: (text) => (text === "0.0.0.0:8080" ? ["127.0.0.1:0", "--jitter", "0"] : [text]),
    });
    for (const object of objects) {
      await plane.api.create(object);
      if (object.kind === "Namespace")
        await plane.api.create(registrySecret(NAMESPACE, { [target.host]: "mirror:s3cret" }));
    }
  });
  after(async () => {
    for (const one of undo.toReversed()) await one();
  });

  it("becomes available with two pods, of which one leads and copies", async () => {
    const leader = await untilOneLeads(follower);
    await until("both tags are there", () => target.store.tags("0").has("v1") && target.store.tags("1").has("v1"));
    await until("the Deployment is available", async () => {
      const path = `/apis/apps/v1/namespaces/${NAMESPACE}/deployments/watch`;
      const { status } = await plane.api.ask<{ status: { readyReplicas?: number } }>("GET", path);
      return status.readyReplicas === 2;
    });
    const standby = agent.pods().find((pod) => pod !== leader);
    assert.ok(standby !== undefined);
    const status = await until("the standby knows the leader", async () => {
      const found = await follower.statusOf(standby);
      return found?.lease?.holder === undefined ? undefined : found;
    });
    assert.equal(status.state, "standby");
    assert.equal(status.lease?.holder, (await leaseOf(plane.api, NAMESPACE, "watch")).holderIdentity);
    assert.match(status.lease?.holder ?? "", new RegExp(`^${leader.name}_`));
    await nextRun("a scheduled run");
  });

  it("continues the run of a killed leader, but not before its lease has expired", async () => {
    const leader = await untilOneLeads(follower);
    const held = holdBlobs();
    source.putImage("often", "v1", smallImage(3));
    await held.arrived;
    leader.kill();
    const killedAt = leader.kills.at(-1) ?? 0;
    held.release();
    await until("the new image is there", () => target.store.tags("0").get("v1") === smallImage(3).digest);
    const { startedAt: takenAt } = await until("the run of the new leader is over", () =>
      follower.runs().find(({ startedAt, endedAt }) => startedAt > killedAt && endedAt !== undefined),
    );
    // the last renewal was up to two seconds before
    assert.ok(takenAt - killedAt >= LEASE_MS - RETRY_MS - SECOND, `${takenAt - killedAt} ms`);
    assert.ok(takenAt - killedAt <= LEASE_MS + 10 * SECOND, `${takenAt - killedAt} ms`);
    assert.equal((await leaseOf(plane.api, NAMESPACE, "watch")).leaseTransitions, 1);
  });

  it("goes on while the API server restarts", async () => {
    await nextRun("a run before");
    await plane.stopApiServer();
    await nextRun("a run while the API server is away");
    await plane.startApiServer();
    await nextRun("a run after");
    await untilOneLeads(follower);
  });

  it("runs nothing from ten seconds after the API server is gone until it is back", async () => {
    const leader = await untilOneLeads(follower);
    const held = holdBlobs();
    source.putImage("seldom", "v1", smallImage(4));
    await held.arrived;
    await plane.stopApiServer();
    const goneAt = Date.now();
    const lostAt = await lineOf(leader, "lost the lease", goneAt);
    assert.ok(lostAt - goneAt <= RENEW_DEADLINE_MS + SECOND, `${lostAt - goneAt} ms`);
    held.release();
    // long enough for several schedules
    await until("the lease would have expired", () => Date.now() - goneAt > LEASE_MS + 5 * SECOND);
    assert.deepEqual(
      follower.runs().filter(({ startedAt }) => startedAt > lostAt),
      [],
    );
    assert.notEqual(target.store.tags("1").get("v1"), smallImage(4).digest, "the run in progress was stopped");
    await plane.startApiServer();
    await until("the new image is there", () => target.store.tags("1").get("v1") === smallImage(4).digest);
  });

  it("hands over at once when the leader's pod is deleted", async () => {
    const leader = await untilOneLeads(follower);
    const path = `/api/v1/namespaces/${NAMESPACE}/pods/${leader.name}`;
    const from = Date.now();
    await plane.api.ask("DELETE", path);
    await untilOneLeads(follower, [leader]);
    assert.ok(Date.now() - from < LEASE_MS - RETRY_MS, `${Date.now() - from} ms`);
    await until("the pod is gone", async () => (await plane.api.send("GET", path)).status === 404);
    await nextRun("a run of the new leader");
  });

  it("never ran one schedule twice", async () => {
    for (let more = 1; more <= 4; more += 1) await nextRun("a scheduled run of the last leader");
    const runs = follower.runs();
    const kills = agent.pods().flatMap((pod) => pod.kills.map((at) => ({ pod: pod.name, at })));
    const endOf = ({ pod, startedAt, endedAt }: SeenRun): number =>
      endedAt ?? kills.find((kill) => kill.pod === pod && kill.at > startedAt)?.at ?? startedAt;
    for (const [at, run] of runs.entries()) {
      const next = runs[at + 1];
      assert.ok(
        next === undefined || endOf(run) <= next.startedAt,
        `${JSON.stringify(run)} overlaps ${JSON.stringify(next)}`,
      );
    }
    // the first run of each term is of all entries, like that of a start; all others are of one firing of a schedule
    const terms = new Map<string, number>();
    const fired = new Set<string>();
    for (const run of runs) {
      const term = termOf(agent.pods(), run);
      if (!terms.has(term)) {
        terms.set(term, run.schedules.length);
        continue;
      }
      for (const schedule of run.schedules) {
        const period = SCHEDULES[schedule as keyof typeof SCHEDULES];
        const firing = `${schedule} ${Math.floor(run.startedAt / period)}`;
        assert.ok(!fired.has(firing), `${firing} ran twice`);
        fired.add(firing);
      }
    }
    assert.deepEqual([...new Set(terms.values())], [Object.keys(SCHEDULES).length]);
    assert.ok(terms.size >= 4, `${terms.size} terms`);
    assert.ok(fired.size >= 10, `${fired.size} firings`);
  });
});

/** A process that loses its lease may lead again, which its log shows. */
function termOf(pods: readonly RunningPod[], { pod, identity, startedAt }: SeenRun): string {
  const lines = pods.find(({ name }) => name === pod)?.lines ?? [];
  const begins = lines.filter(
    ({ text, at }) => text.endsWith(identity) && text.includes("this replica leads") && at <= startedAt + SECOND,
  );
  return `${identity} ${begins.length}`;
}
