import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { digestOf } from "../../src/model/digest.ts";
import { fillTemplate, knownTemplate, templateGlob, templateShape } from "../../src/selectors/tag-template.ts";
import { compileGlobs } from "../../src/selectors/glob.ts";
import { DIGEST, findings, tagsFile, mappingsOf } from "../manifest/parse/support/parse.ts";

function finding(tags: string): string | undefined {
  return findings(tagsFile(tags))[0];
}

describe("templates in `to`", () => {
  it("can be combined with plain tags, and have the source's tag filled in", () => {
    const [mapping] = mappingsOf("{ from: stable, to: [1.27, '{tag}-{date}-{digest:8}', 'by-{digest:12}'] }");
    assert.deepEqual(mapping?.kind === "literal" && [mapping.to, mapping.templates], [
      ["1.27"],
      ["stable-{date}-{digest:8}", "by-{digest:12}"],
    ]);
  });

  it("can be the only name, also for a digest", () => {
    const [mapping] = mappingsOf(`{ from: '${DIGEST}', to: 'pin-{digest:8}' }`);
    assert.deepEqual(mapping?.kind === "literal" && [mapping.to, mapping.templates], [[], ["pin-{digest:8}"]]);
  });

  it("with only {tag} become plain tags, which can conflict with other mappings", () => {
    const [mapping] = mappingsOf("{ from: stable, to: 'up-{tag}' }");
    assert.deepEqual(mapping?.kind === "literal" && [mapping.to, mapping.templates], [["up-stable"], undefined]);
    assert.match(finding("{ from: a, to: '{tag}' }, { from: b, to: a }") ?? "", /is mapped from/);
  });

  it("are refused at their position when a placeholder is invalid", () => {
    const at = findings(tagsFile("{ from: a, to: [a, '{tga}-x'] }"));
    assert.match(at[0] ?? "", /^images\.yaml:3:\d+ "\{tga\}" is not a known placeholder/);
    assert.match(finding("{ from: a, to: '{digest}' }") ?? "", /does not say how many digits of the digest, 6 to 64/);
    assert.match(finding("{ from: a, to: '{digest:4}' }") ?? "", /"\{digest:4\}" does not say how many digits/);
    assert.match(finding("{ from: a, to: 'x-{date' }") ?? "", /has a "\{" without its other half/);
    assert.match(finding(`{ from: '${DIGEST}', to: '{tag}-{digest:8}' }`) ?? "", /has only a digest/);
    assert.match(finding("'{tag}-x'") ?? "", /is not a tag/);
  });

  it("are refused when the result is not a tag, is too long or is a digest tag", () => {
    assert.match(finding("{ from: a, to: '-{tag}-{date}' }") ?? "", /"-a-19700101" is not a tag/);
    assert.match(finding("{ from: a, to: '{tag}/{date}' }") ?? "", /is not a tag/);
    assert.match(finding(`{ from: a, to: '${"x".repeat(65)}{digest:64}' }`) ?? "", /is not a tag/);
    assert.match(finding("{ from: a, to: 'sha256-{digest:64}' }") ?? "", /stands for a digest/);
  });

  it("with a digest are refused with docker, because the digest is known only after the push", () => {
    const [found] = findings(
      "version: 1\nimages:\n  - { source: a/b, target: r.io/c, engine: docker, tags: [{ from: a, to: 'a-{digest:8}' }] }\n",
    );
    assert.match(found ?? "", /unknown until docker has pushed/);
  });
});

describe("a template", () => {
  const template = knownTemplate("v1.{tag}-{date}-{digest:8}");
  const made = fillTemplate(template, { tag: "a", date: new Date("2026-03-01T23:59:59Z"), digest: digestOf("one") });

  it("is filled with the UTC date and the first digits of the digest", () => {
    assert.equal(made, `v1.a-20260301-${digestOf("one").slice("sha256:".length, "sha256:".length + 8)}`);
  });

  it("matches only tags that it could have made", () => {
    const isOf = templateShape(template);
    assert.ok(isOf(made));
    assert.ok(!isOf(made.replace("v1.", "v1x")), "a point is a point");
    assert.ok(!isOf(`${made}0`));
    const long = knownTemplate(`${"x".repeat(5000)}{tag}`);
    assert.ok(templateShape(long)(`${"x".repeat(5000)}a`));
    assert.ok(!templateShape(template, { digest: digestOf("two") })(made));
    assert.ok(compileGlobs([templateGlob(template)])(made));
  });
});
