import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { digestOf } from "../../src/model/digest.ts";
import { type CredentialLife, lifeOf } from "../../src/model/credential-life.ts";
import { MEDIA_TYPES } from "../../src/model/manifest.ts";
import { secret } from "../../src/model/secret.ts";
import type { Entry, SyncManifest } from "../../src/model/sync-manifest.ts";
import type { PlanOptions } from "../../src/planner/facts/plan-options.ts";
import { makePlan } from "../../src/planner/plan.ts";
import { answerAll, type World } from "./support/world.ts";

const SOURCE = "quay.io/team/app";
const TARGET = "registry.test/app";
const MINUTE = 60_000;
const GIB = 1024 ** 3;
const NOW = new Date("2026-01-01T12:00:00Z");

const TOKEN = { kind: "basic", username: "oauth2accesstoken", password: secret("ya29.hidden"), origin: "CI" } as const;
const inMinutes = (minutes: number) => new Date(NOW.getTime() + minutes * MINUTE);

const fixedToken = life({ ...TOKEN });
const renewedToken = life({ ...TOKEN, expiresAt: inMinutes(42), isRenewed: true });
const loginFor = (minutes: number) =>
  life({ kind: "basic", username: "AWS", password: secret("x"), origin: "auths", expiresAt: inMinutes(minutes) });

describe("a blob that outlasts credentials", () => {
  it("is noted with its size, the rate, the lifetime of the token and an alternative", () => {
    const { notes } = planOf(40, { [TARGET]: fixedToken });
    assert.deepEqual(notes, [
      "a blob of 40.0 GiB takes 68 minutes at an assumed 10.0 MiB/s, and the access token for registry.test (CI) is valid for at most 60 minutes and is not renewed: the target may refuse it at its end. A service account's key does not expire: auth: { keyFile: FILE }",
    ]);
  });

  it("is not noted when it arrives five minutes before the token expires", () => {
    assert.deepEqual(planOf(32, { [TARGET]: fixedToken }).notes, []);
    assert.equal(planOf(33, { [TARGET]: fixedToken }).notes.length, 1);
  });

  it("is compared with the remaining lifetime when the expiry is known", () => {
    assert.match(
      planOf(10, { [TARGET]: loginFor(15) }).notes.join(),
      /the login for registry\.test \(auths\) expires in 15 min/,
    );
    assert.match(
      planOf(10, { [TARGET]: loginFor(-5) }).notes.join(),
      / has expired: .* Log in again right before apply/,
    );
    assert.deepEqual(planOf(10, { [TARGET]: loginFor(60) }).notes, []);
  });

  it("is compared with the lifetime of a fresh token when the token is renewed", () => {
    assert.deepEqual(planOf(30, { [TARGET]: renewedToken }).notes, []);
    assert.match(planOf(40, { [TARGET]: renewedToken }).notes.join(), /is valid for 60 minutes even when renewed/);
  });

  it("is estimated at the rate that was measured at the target", () => {
    const rateOf = (host: string) => ({
      bytesPerSecond: (host === "registry.test" ? 100 : 1) * 1024 ** 2,
      isMeasured: true,
    });
    assert.deepEqual(planOf(40, { [TARGET]: fixedToken }, { options: { rateOf } }).notes, []);
    const slow = () => ({ bytesPerSecond: 1024 ** 2, isMeasured: true });
    assert.match(
      planOf(4, { [TARGET]: fixedToken }, { options: { rateOf: slow } }).notes.join(),
      /68 minutes at a measured 1\.0 MiB\/s/,
    );
  });

  it("is noted for the source too, unless the source's token is renewed", () => {
    assert.match(
      planOf(40, { [SOURCE]: fixedToken }).notes.join(),
      /for quay\.io \(CI\).* a download that breaks off late/,
    );
    assert.deepEqual(planOf(40, { [SOURCE]: renewedToken }).notes, []);
    assert.equal(planOf(40, { [SOURCE]: fixedToken, [TARGET]: fixedToken }).notes.length, 2);
  });

  it("is the largest blob of the image, not the sum of its blobs", () => {
    assert.deepEqual(planOf(20, { [TARGET]: fixedToken }, { layers: 3 }).notes, []);
  });

  it("is not noted within one registry, which mounts it, or when the lifetime is unknown", () => {
    const near = "registry.test/other";
    assert.deepEqual(planOf(40, { [TARGET]: fixedToken, [near]: fixedToken }, { source: near }).notes, []);
    assert.deepEqual(planOf(40, {}).notes, []);
    const error = { code: "CREDENTIALS_FAILED", message: "no" } as const;
    assert.deepEqual(planOf(40, { [TARGET]: { error } }).notes, []);
  });

  it("is only looked for when a blob takes at least a minute", () => {
    assert.deepEqual(planOf(0.5, { [TARGET]: fixedToken }).asked, []);
    assert.deepEqual(planOf(1, { [TARGET]: fixedToken }).asked, [SOURCE, TARGET]);
  });
});

describe("an image that outlasts credentials with docker", () => {
  const local = { source: { kind: "docker-daemon", image: "app" } } as const;
  const copy = { engine: "docker" } as const;

  it("is noted with its whole size, because docker logs in once", () => {
    assert.deepEqual(planOf(20, { [TARGET]: fixedToken }, { layers: 2, entry: copy }).notes, [
      "digest may change",
      "docker pushes 40.0 GiB with one login, which takes 68 minutes at an assumed 10.0 MiB/s, and the access token for registry.test (CI) is valid for at most 60 minutes and is not renewed: the target may refuse it at its end. A service account's key does not expire: auth: { keyFile: FILE }",
    ]);
    assert.deepEqual(planOf(16, { [TARGET]: fixedToken }, { layers: 2, entry: copy }).notes, ["digest may change"]);
  });

  it("is noted for the source, from which docker pulls it first", () => {
    assert.match(
      planOf(20, { [SOURCE]: fixedToken }, { layers: 2, entry: copy }).notes.join(),
      /docker pulls 40\.0 GiB with one login, .* for quay\.io \(CI\) .*: the source may refuse it\. /,
    );
    assert.deepEqual(planOf(40, { [SOURCE]: renewedToken }, { entry: copy }).notes, ["digest may change"]);
  });

  it("is only noted for a blob that outlasts a fresh token when the token is renewed, since the push is repeated", () => {
    assert.deepEqual(planOf(20, { [TARGET]: renewedToken }, { layers: 2, entry: copy }).notes, ["digest may change"]);
    assert.match(
      planOf(40, { [TARGET]: renewedToken }, { entry: copy }).notes.join(),
      /a blob of 40\.0 GiB takes 68 minutes .* is valid for 60 minutes even when renewed: the target may refuse it/,
    );
  });

  it("is noted if it is a local image, by its unpacked size", () => {
    const { notes, asked } = planOf(40, { [TARGET]: loginFor(15) }, { entry: local });
    assert.deepEqual(asked, [TARGET]);
    assert.match(
      notes.join(),
      /docker pushes up to 40\.0 GiB with one login, which takes 68 minutes .* expires in 15 minutes and is not renewed/,
    );
    assert.match(
      planOf(40, { [TARGET]: renewedToken }, { entry: local }).notes.join(),
      /is valid for 60 minutes even when renewed: a layer that takes longer cannot arrive/,
    );
    assert.deepEqual(planOf(30, { [TARGET]: fixedToken }, { entry: local }).notes, ["digest known after the push"]);
  });
});

describe("the lifetime of credentials", () => {
  it("is unknown for passwords and keys", () => {
    const password = { kind: "basic", username: "robot", password: secret("x"), origin: "auths" } as const;
    assert.equal(lifeOf(password, NOW), undefined);
    assert.equal(lifeOf({ ...password, username: "_json_key" }, NOW), undefined);
  });

  it("names their origin without the folders of this machine", () => {
    assert.equal(
      life({ ...TOKEN, origin: "auths in /run/user/1000/containers/auth.json" }).origin,
      "auths in auth.json",
    );
    assert.equal(life({ ...TOKEN, origin: "auths in ~/.docker/config.json" }).origin, "auths in ~/.docker/config.json");
  });

  it("contains no secret", () => {
    assert.doesNotMatch(JSON.stringify([fixedToken, renewedToken]), /ya29/);
  });
});

function life(credential: Parameters<typeof lifeOf>[0]): CredentialLife {
  const found = lifeOf(credential, NOW);
  assert.ok(found);
  return found;
}

type PlanRequest = {
  readonly options?: PlanOptions;
  readonly layers?: number;
  readonly source?: string;
  /** What differs from an entry that copies with the registry engine. */
  readonly entry?: Partial<Entry>;
};

function manifestOf(source: string, entry: Partial<Entry>): SyncManifest {
  const position = { file: "images.yaml", line: 1, column: 1 };
  const [host = "", ...path] = source.split("/");
  const declared: Entry = {
    position,
    source: { kind: "registry", repository: { host, path: path.join("/") } },
    targets: [{ position, repository: { host: "registry.test", path: "app" } }],
    tags: [{ kind: "literal", position, from: { tag: "1" }, to: ["1"], isLatestImplied: false }],
    engine: "registry",
    platforms: "all",
    referrers: false,
    optional: false,
    ...entry,
  };
  return { entries: [declared], rules: [], registries: new Map(), hash: digestOf("manifest") };
}

function planOf(
  gib: number,
  credentialLives: World["credentialLives"],
  { options = {}, layers = 1, source = SOURCE, entry = {} }: PlanRequest = {},
) {
  const manifest = manifestOf(source, entry);
  const layer = (at: number) => ({ mediaType: "x", digest: digestOf(`layer ${at}`), size: gib * GIB });
  const json = {
    mediaType: MEDIA_TYPES.ociManifest,
    config: { mediaType: "x", digest: digestOf("config"), size: 7 },
    layers: Array.from({ length: layers }, (_, at) => layer(at)),
  };
  const world: World = {
    resolved: { [`${source}:1`]: "one", [`${TARGET}:1`]: null },
    manifests: { [`${source}@one`]: { type: "ociManifest", json } },
    localImages: { app: { id: "local", bytes: gib * GIB } },
    ...(credentialLives === undefined ? {} : { credentialLives }),
  };
  const { snapshot, asked } = answerAll(manifest, world, options);
  const [change] = makePlan(manifest, snapshot, options).changes;
  assert.equal(change?.action, "create");
  const lives = asked.filter((line) => line.includes("credential-life"));
  return { notes: change.notes, asked: lives.map((line) => line.split(" ").at(-1)) };
}
