import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { decodePlan, encodePlan } from "../../src/documents/plan-document.ts";
import type { SyncManifest } from "../../src/model/sync-manifest.ts";
import { assemble } from "../../src/manifest/parse/assemble.ts";
import { parseFile } from "../../src/manifest/parse/parse-file.ts";
import { withOrigins } from "../../src/planner/origins.ts";
import { makePlan } from "../../src/planner/plan.ts";
import { checkSavedPlan } from "../../src/planner/saved-plan.ts";
import { withoutOrigins } from "./support/saved.ts";
import { answerAll, digestNamed, type World } from "./support/world.ts";

const FOLDER = fileURLToPath(new URL("cases", import.meta.url));

type CaseOptions = {
  readonly only?: readonly string[];
  readonly sizes?: boolean;
  readonly listsDigests?: readonly string[];
  readonly hasProductApi?: readonly string[];
};

/**
 * The fields to compare: every field that any plan.json names, in every case. A new field of plans is ignored while no case
 * names it; once one case does, all cases must have it.
 */
const KNOWN_FIELDS = new Set(readdirSync(FOLDER).flatMap((name) => fieldsIn(readJson(name, "plan.json"))));

// plan.json holds the questions beside the plan, so that a review shows every additional request
describe("planner cases", () => {
  for (const name of readdirSync(FOLDER).sort()) {
    test(name.replaceAll("-", " "), () => {
      const words = wordsIn(name);
      const manifest = readManifest(name);
      const { only, sizes, listsDigests, hasProductApi } = (readJson(name, "options.json") ?? {}) as CaseOptions;
      const options = {
        ...(only === undefined ? {} : { only }),
        ...(sizes === undefined ? {} : { sizes }),
        ...(listsDigests === undefined ? {} : { listsDigests: (host: string) => listsDigests.includes(host) }),
        ...(hasProductApi === undefined ? {} : { hasProductApi: (host: string) => hasProductApi.includes(host) }),
      };
      const { snapshot, asked } = answerAll(manifest, readJson(name, "snapshot.json") as World, options);
      const plan = makePlan(manifest, snapshot, options);
      const { manifestHash, ...document } = encodePlan(plan);
      assert.equal(manifestHash, manifest.hash);
      const made: unknown = JSON.parse(withWords(JSON.stringify({ asked, plan: document }), words));
      assert.deepEqual(onlyFields(KNOWN_FIELDS, made), readJson(name, "plan.json"));
      const saved = decodePlan(encodePlan(plan));
      assert.deepEqual(saved, withoutOrigins(plan), "what is saved is what was planned");
      assert.deepEqual(withOrigins(saved, manifest).changes, plan.changes, "and comes from the same entries");
      assert.deepEqual(checkSavedPlan(plan, manifest), [], "its own manifest declares the whole plan");
    });
  }
});

function fieldsIn(value: unknown): readonly string[] {
  if (typeof value !== "object" || value === null) return [];
  const below = Object.values(value).flatMap(fieldsIn);
  return Array.isArray(value) ? below : [...Object.keys(value), ...below];
}

function onlyFields(known: ReadonlySet<string>, value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((one) => onlyFields(known, one));
  const fields = Object.entries(value).filter(([name]) => known.has(name));
  return Object.fromEntries(fields.map(([name, one]) => [name, onlyFields(known, one)]));
}

function readManifest(name: string): SyncManifest {
  const text = withDigests(readFileSync(join(FOLDER, name, "images.yaml"), "utf8"));
  const parsed = parseFile(text, { file: "images.yaml", variables: new Map(), isRoot: true });
  const { manifest, diagnostics } = assemble(parsed, []);
  assert.deepEqual(diagnostics, []);
  assert.ok(manifest);
  return manifest;
}

/** Replaces `sha256:(one)` in images.yaml with the digest of the word. */
function withDigests(text: string): string {
  return text.replace(/sha256:\((\w+)\)/g, (_, word: string) => digestNamed(word));
}

function wordsIn(name: string): ReadonlySet<string> {
  const files = ["images.yaml", "snapshot.json"].map((file) => readFileSync(join(FOLDER, name, file), "utf8"));
  return new Set(files.join(" ").match(/\w+/g));
}

function withWords(text: string, words: ReadonlySet<string>): string {
  const names = new Map([...words].map((word) => [digestNamed(word), word]));
  return text.replace(/sha256:[a-f0-9]{64}/g, (digest) => {
    const word = [...names].find(([known]) => known === digest)?.[1];
    return word === undefined ? digest : `(${word})`;
  });
}

/** Reads a hand-written file of a case, which is trusted to have its type. */
function readJson(name: string, file: string): unknown {
  const path = join(FOLDER, name, file);
  return existsSync(path) ? JSON.parse(withDigestTags(readFileSync(path, "utf8"))) : undefined;
}

/** Replaces `sha256-(one)` with the tag of the word's digest. */
function withDigestTags(text: string): string {
  return text.replace(/sha256-\((\w+)\)/g, (_, word: string) => digestNamed(word).replace(":", "-"));
}
