import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { ImgsyncError } from "../../src/model/error.ts";
import { continueAt, nextPage } from "../../src/registry/link.ts";

describe("nextPage", () => {
  const page = new URL("https://registry.example.com/v2/a/tags/list?n=2");

  it("resolves relative and absolute links", () => {
    assert.equal(
      nextPage('</v2/a/tags/list?last=b&n=2>; rel="next"', page)?.href,
      "https://registry.example.com/v2/a/tags/list?last=b&n=2",
    );
    assert.equal(
      nextPage('<https://registry.example.com/x>; title="y"; rel=next', page)?.href,
      "https://registry.example.com/x",
    );
    assert.equal(nextPage('</x>; rel="prev"', page), undefined);
    assert.equal(nextPage(undefined, page), undefined);
  });

  it("refuses a link to another host, port or scheme", () => {
    for (const link of [
      "https://evil.example.com/v2/",
      "http://registry.example.com/v2/",
      "https://registry.example.com:444/",
      "//evil.example.com/",
    ]) {
      assert.throws(() => nextPage(`<${link}>; rel="next"`, page), { code: "EGRESS_REFUSED" });
    }
  });

  it("names the scheme when a registry behind a proxy links to itself over http", () => {
    const link = '<http://registry.example.com/v2/a/tags/list?last=b>; rel="next"';
    assert.throws(() => nextPage(link, page), { code: "EGRESS_REFUSED", message: /over http instead of https/ });
  });

  it("finds the relation among others, in any order, with any parameters and letter case", () => {
    for (const header of [
      '</a?last=b>; rel="last next"',
      '</a?last=b>; rel="http://example.com/rel NEXT"',
      '</a?last=b>; title="a, b; rel=prev"; REL=next',
      '</first>; rel=first, </a?last=b>; rel=next; type="application/json"',
      "</a?last=b>;rel=next,",
      ', </a?last=b> ; rel = "next"',
      "</a?last=b>; rel=next; title*=UTF-8''%e2%82%ac",
      "</a?last=b>; rel=next, </a?last=b>; rel=next",
      '</a?last=b>; rel=next; rel="prev"',
    ])
      assert.equal(nextPage(header, page)?.href, "https://registry.example.com/a?last=b", header);
  });

  it("ignores links that are not the next page", () => {
    for (const header of ['</help>; rel="help"', '</x>; rel=next; anchor="/other"', " , ", "</x>; rel=prev; rel=next"])
      assert.equal(nextPage(header, page), undefined, header);
  });

  it("fails when the header cannot be parsed", () => {
    for (const header of [
      "garbage",
      "</x>",
      "</x>; rel",
      '</x>; rel=""',
      "</x>; rel='next'",
      "</x; rel=next",
      "</x>rel=next",
      "<http://[>; rel=next",
      '</x>; rel=next; anchor="http://["',
      "</x>; rel=next, </y>; rel=next",
      '</x>; rel="prev", </y',
    ])
      assert.throws(() => nextPage(header, page), { code: "REGISTRY_PROTOCOL" }, header);
  });

  it("returns a page, nothing or an ImgsyncError for any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
        try {
          nextPage(text, page);
        } catch (thrown) {
          assert.ok(thrown instanceof ImgsyncError);
        }
      }),
    );
  });
});

describe("continueAt", () => {
  const repository = { host: "registry.example.com", path: "a" };
  const from = new URL("https://mirror.example.com/v2/real/a/tags/list?n=2");

  it("continues below the repository, even after a redirect to another path", () => {
    const own = new URL("https://registry.example.com/v2/a/tags/list?last=b");
    assert.equal(continueAt(own, own, "tags/list?n=2", repository), "tags/list?last=b");
    const next = new URL("https://mirror.example.com/v2/real/a/tags/list?last=b");
    assert.equal(continueAt(next, from, "tags/list?n=2", repository), "tags/list?last=b");
  });

  it("refuses any other path", () => {
    const next = new URL("https://registry.example.com/v2/b/tags/list?last=b");
    assert.throws(() => continueAt(next, from, "tags/list?n=2", repository), { code: "EGRESS_REFUSED" });
  });
});
