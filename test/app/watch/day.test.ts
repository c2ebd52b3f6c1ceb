import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { makeFolder } from "../../support/cli.ts";
import { startRegistry } from "../../support/embedded-registry/registry.ts";
import { createStore } from "../../support/embedded-registry/store.ts";
import { fetchOnce } from "../../support/http.ts";
import { smallImage } from "../../support/images.ts";
import { startJsonServer } from "../../support/json-server.ts";
import { createScope } from "../../support/scope.ts";
import { readMetrics } from "./support.ts";
import { createDayClock, minutesOf, watchDay } from "./support/watched-day.ts";

const { onEnd } = createScope();

const HALF_HOUR = "*/30 * * * *";
const MIDNIGHT_SECONDS = Date.UTC(2026, 2, 10) / 1000;

/** Starts a registry that can be stopped and started again on the same port with the same content. */
async function startDoor(onRequest: () => void = () => undefined) {
  const store = createStore();
  const start = (port?: number) => startRegistry({ store, onRequest, ...(port === undefined ? {} : { port }) });
  let current = await start();
  const all = [current];
  onEnd(async () => current.stop());
  return {
    host: current.host,
    store,
    shut: async () => current.stop(),
    open: async () => {
      current = await start(Number(current.host.split(":")[1]));
      all.push(current);
    },
    /** The answered requests by status. */
    answers: () =>
      Object.groupBy(
        all.flatMap(({ log }) => log),
        ({ status }) => status,
      ),
  };
}

describe("a day of imgsync watch", () => {
  it("ends with the right tags and metrics and no lost run, despite registry outages and a broken manifest", async () => {
    const day = createDayClock();
    let delay = 0;
    const source = await startDoor(() => {
      day.pass(delay);
      delay = 0;
    });
    const target = await startDoor();
    const receiver = await startJsonServer({ "POST /hook/T0K3N": {}, "GET /beat": {} });
    onEnd(receiver.stop);
    const registries = `registries: { "${source.host}": { plainHttp: true }, "${target.host}": { plainHttp: true } }`;
    const first = `version: 1
${registries}
immutable: [{ repositories: "${target.host}/mirror/app", tags: ["v*"] }]
images:
  - { source: "${source.host}/app", target: "${target.host}/mirror/app", tags: [stable, { glob: "v*" }] }
  - { source: "${source.host}/base", target: "${target.host}/mirror/base", tags: [latest], schedule: "15 */6 * * *" }
`;
    const second = `${first}  - { source: "${source.host}/tool", target: "${target.host}/mirror/tool", tags: [v2] }\n`;
    const folder = await makeFolder({ "images.yaml": first });
    onEnd(folder.remove);
    const put = (repository: string, tag: string, seed: number) =>
      source.store.putImage(repository, tag, smallImage(seed));
    const tagsOf = (repository: string) => Object.fromEntries(target.store.tags(`mirror/${repository}`));
    put("app", "stable", 10);
    put("app", "v1.0.0", 1);
    put("base", "latest", 20);
    put("tool", "v2", 30);

    const scrapes: Record<string, ReturnType<typeof readMetrics>> = {};
    const pages: Record<string, string> = {};
    const { runs, stderr, transferredBytes } = await watchDay(day, {
      file: join(folder.path, "images.yaml"),
      defaultSchedule: HALF_HOUR,
      webhook: new URL(`http://${receiver.host}/hook/T0K3N`),
      heartbeat: new URL(`http://${receiver.host}/beat`),
      happenings: (address) => {
        const scrape = (at: string) => async () => {
          scrapes[at] = readMetrics((await fetchOnce(`${address}metrics`)).text);
          pages[at] = (await fetchOnce(address)).text;
        };
        return {
          "01:10": () => put("app", "stable", 11),
          "02:10": () => put("app", "stable", 12),
          "02:20": () => put("app", "stable", 13),
          "03:10": () => put("base", "latest", 21),
          "04:10": target.shut,
          "05:10": () => put("app", "stable", 14),
          "06:50": scrape("06:50"),
          "07:10": target.open,
          "08:10": () => folder.write("images.yaml", `${first}  - { source: "${source.host}/tool", targ`),
          "08:40": () => put("app", "stable", 15),
          "09:20": scrape("09:20"),
          "09:40": () => folder.write("images.yaml", second),
          "10:10": () => put("app", "v1.0.0", 2),
          "12:20": scrape("12:20"),
          "13:10": () => {
            put("app", "v1.0.0", 1);
            put("base", "latest", 22);
          },
          "14:10": source.shut,
          "15:10": () => put("app", "stable", 16),
          "16:10": source.open,
          "17:10": () => put("app", "v1.1.0", 3),
          // in the next run the registry takes over an hour to answer
          "19:20": () => (delay = minutesOf("01:10")),
          "23:50": scrape("23:50"),
        };
      },
    });

    assert.deepEqual(tagsOf("app"), {
      stable: smallImage(16).digest,
      "v1.0.0": smallImage(1).digest,
      "v1.1.0": smallImage(3).digest,
    });
    assert.deepEqual(tagsOf("base"), { latest: smallImage(22).digest });
    assert.deepEqual(tagsOf("tool"), { v2: smallImage(30).digest });
    for (const { store } of [source, target]) assert.equal(store.uploads.size, 0);

    // one run each half hour, except those that came due again during the slow run, and one after the manifest changed
    const halfHours = Array.from({ length: 48 }, (_, half) => new Date(half * 1_800_000).toISOString().slice(11, 16));
    const expected = halfHours
      .filter((at) => at !== "20:00" && at !== "20:30")
      .map((at) => (at === "00:00" ? `${at} 2` : `${at} ${at < "09:40" ? 1 : 2}`));
    const others = ["00:15 1", "06:15 1", "09:40 3", "12:15 1", "18:15 1", "20:40 2"];
    assert.deepEqual(runs, [...expected, ...others].toSorted());

    const value = scrapes["23:50"];
    assert.ok(value !== undefined);
    assert.equal(value('imgsync_runs_total{result="clean"}'), 35);
    assert.equal(value('imgsync_runs_total{result="failed"}'), 17);
    assert.equal(value("imgsync_run_seconds_count"), 52);
    assert.equal(value('imgsync_run_seconds_bucket{le="3600"}'), 51);
    assert.equal(value('imgsync_changes_total{action="create"}'), 5);
    assert.equal(value('imgsync_changes_total{action="update"}'), 7);
    assert.equal(value('imgsync_outcomes_total{outcome="applied"}'), 12);
    assert.equal(value('imgsync_outcomes_total{outcome="blocked"}'), 6);
    assert.equal(value("imgsync_transferred_bytes_total"), transferredBytes);
    assert.equal(value("imgsync_blocked_tags"), 0);
    assert.equal(value("imgsync_manifest_valid"), 1);
    assert.equal(value("imgsync_last_success_timestamp_seconds"), MIDNIGHT_SECONDS + 23.5 * 3600 + 0.5);
    for (const { host, answers } of [source, target])
      for (const [status, entries = []] of Object.entries(answers()))
        assert.equal(
          value(`imgsync_requests_total{host="${host}",status="${status}"}`),
          entries.length,
          `${host} ${status}`,
        );

    assert.equal(scrapes["06:50"]?.('imgsync_runs_total{result="failed"}'), 6);
    assert.equal(scrapes["06:50"]?.("imgsync_last_success_timestamp_seconds"), MIDNIGHT_SECONDS + 4 * 3600 + 0.5);
    assert.equal(scrapes["09:20"]?.("imgsync_manifest_valid"), 0);
    assert.match(pages["09:20"] ?? "", /The manifest is broken/);
    assert.equal(scrapes["12:20"]?.("imgsync_blocked_tags"), 1);
    assert.match(pages["12:20"] ?? "", /mirror\/app:v1\.0\.0/);
    assert.equal(stderr.match(/the last valid one stays in use/g)?.length, 1);

    const heads = receiver.log.filter(({ line }) => line === "POST /hook/T0K3N").map(({ body }) => headOf(body));
    assert.deepEqual(heads, [
      "3 applied",
      "1 applied",
      "1 applied",
      "2 failed",
      "1 failed",
      "1 applied, 1 elsewhere is not in sync",
      "1 applied, 1 elsewhere is not in sync",
      "2 applied",
      "1 blocked",
      "all tags in sync again",
      "2 failed, 1 error",
      "1 applied",
      "1 applied",
      "1 applied",
    ]);
    // the clean runs, except the 6 after 07:00 while the image of the other schedule was not in sync
    assert.equal(receiver.log.filter(({ line }) => line === "GET /beat").length, 29);
  });
});

/** The first line of a message, without the number of bytes. */
function headOf(body: string): string {
  const [head = ""] = String(JSON.parse(body).text).split("\n");
  return head.replace("imgsync images.yaml: ", "").replace(/, [0-9.]+ \w+ moved/, "");
}
