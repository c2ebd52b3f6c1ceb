import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type CliResult, makeFolder, runCli } from "../support/cli.ts";
import type { RegistryOptions } from "../support/embedded-registry/options.ts";
import type { EmbeddedRegistry } from "../support/embedded-registry/registry.ts";
import { isWrite } from "../support/embedded-registry/transcript.ts";
import { smallImage } from "../support/images.ts";
import { createScope } from "../support/scope.ts";

const { registry: start, onEnd } = createScope();

type World = {
  readonly source: EmbeddedRegistry;
  readonly target: EmbeddedRegistry;
  readonly run: (...args: readonly string[]) => Promise<CliResult>;
  readonly mapping: (rest: string, rules?: string) => Promise<void>;
  readonly at: (tag: string) => string | undefined;
};

const [OLD, NEW] = [smallImage(1), smallImage(2)];
const KEPT = `stable-before-${OLD.digest.slice("sha256:".length, "sha256:".length + 8)}`;
const BACKUP = "backup: '{tag}-before-{digest:8}', tags: [stable]";

async function world(options: RegistryOptions = {}): Promise<World> {
  const source = await start();
  const target = await start(options);
  const folder = await makeFolder();
  onEnd(folder.remove);
  source.putImage("app", "stable", NEW);
  target.putImage("app", "stable", OLD);
  const hosts = `registries:\n  ${source.host}: { plainHttp: true }\n  ${target.host}: { plainHttp: true }\n`;
  const mapping = (rest: string, rules = ""): Promise<void> =>
    folder.write(
      "images.yaml",
      `version: 1\n${hosts}${rules}images:\n  - { source: ${source.host}/app, target: ${target.host}/app, ${rest} }\n`,
    );
  await mapping(BACKUP);
  return {
    source,
    target,
    mapping,
    run: (...args) => runCli(args, { cwd: folder.path }),
    at: (tag) => target.store.tags("app").get(tag),
  };
}

describe("backup", () => {
  it("is shown in plans as text, Markdown, JSON and shell", async () => {
    const { run } = await world();
    assert.match((await run("plan")).stdout, new RegExp(`^ *update +stable +from .*, backup as ${KEPT}, `, "m"));
    assert.match((await run("plan", "--format", "markdown")).stdout, new RegExp(`<br>backup as \`${KEPT}\` \\|`));
    const document = JSON.parse((await run("plan", "--format", "json")).stdout);
    assert.deepEqual(document.changes[0].backup, { tag: KEPT, observed: null });
    const { stdout } = await run("plan", "--format", "shell");
    assert.match(stdout, new RegExp(`docker push -- \\S+/app:${KEPT}'?\n# update`));
  });

  it("keeps the old image under the backup tag, and leaves the next run nothing to do", async () => {
    const { run, at, target } = await world();
    const { code, stdout, stderr } = await run("apply", "--yes");
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout + stderr, new RegExp(`note: backed up as ${KEPT}`));
    assert.deepEqual([at("stable"), at(KEPT)], [NEW.digest, OLD.digest]);
    const writes = target.log.filter(isWrite).length;
    assert.match((await run("apply", "--yes")).stdout, /Nothing to do/);
    assert.equal(target.log.filter(isWrite).length, writes);
  });

  it("appears in the events of a run", async () => {
    const { run } = await world();
    const { stdout } = await run("apply", "--yes", "--format", "json");
    const events = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const finished = events.find(({ type }) => type === "change.finished");
    assert.deepEqual(finished.change.backup, { tag: KEPT, observed: null });
    assert.deepEqual(finished.result.notes, [`backed up as ${KEPT}`]);
  });

  it("is part of a saved plan, which is refused when the manifest has no backup", async () => {
    const { run, at, mapping } = await world();
    await run("plan", "--out", "plan.json");
    await mapping("tags: [stable]");
    assert.equal((await run("apply", "plan.json", "--yes")).code, 1, "made from another manifest");
    await mapping(BACKUP);
    const { code, stdout, stderr } = await run("apply", "plan.json", "--yes");
    assert.equal(code, 0, stdout + stderr);
    assert.deepEqual([at("stable"), at(KEPT)], [NEW.digest, OLD.digest]);
  });

  it("blocks the run before the first write if it would move an immutable tag", async () => {
    const { run, target, mapping, at } = await world();
    target.putImage("app", KEPT, smallImage(9));
    await mapping(BACKUP, "immutable: [{ repositories: '**', tags: '*-before-*' }]\n");
    const { code, stdout } = await run("plan");
    assert.equal(code, 3);
    assert.match(
      stdout,
      new RegExp(`blocked +stable +by the immutable rule at images.yaml:5:13 .*backup as ${KEPT} \\(was sha256:`),
    );
    const comment = await run("plan", "--format", "markdown");
    assert.match(comment.stdout, new RegExp(`pattern \`\\*-before-\\*\`\\), which keeps its backup \`${KEPT}\``));
    assert.equal((await run("apply", "--yes")).code, 3);
    assert.equal(at("stable"), OLD.digest);
  });

  it("leaves the tag in place when the registry refuses it", async () => {
    const { run, at } = await world({
      onRequest: ({ method, path }) =>
        method === "PUT" && path.endsWith(`/manifests/${KEPT}`) ? { kind: "answer", status: 403 } : undefined,
    });
    const { code, stdout, stderr } = await run("apply", "--yes");
    assert.equal(code, 1, stdout + stderr);
    assert.match(stdout + stderr, /the tag was not moved, because its image could not be backed up/);
    assert.equal(at("stable"), OLD.digest);
  });
});
