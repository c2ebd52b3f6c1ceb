import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import { digestOf } from "../../src/model/digest.ts";
import {
  formatReference,
  formatRepository,
  isDigestTag,
  isProblem,
  isTag,
  parseHost,
  parseReference,
  parseRepository,
} from "../../src/model/reference.ts";

const DIGEST = digestOf("one");
const HEX = "a".repeat(64);

describe("a reference", () => {
  for (const [text, full] of [
    ["nginx", "docker.io/library/nginx"],
    ["nginx:1.27", "docker.io/library/nginx:1.27"],
    ["user/app", "docker.io/user/app"],
    ["docker.io/nginx", "docker.io/library/nginx"],
    ["index.docker.io/user/app:1", "docker.io/user/app:1"],
    ["registry-1.docker.io/nginx", "docker.io/library/nginx"],
    ["localhost/app", "localhost/app"],
    ["LOCALHOST/app", "localhost/app"],
    ["localhost:5000/app:1", "localhost:5000/app:1"],
    ["localhost:5000", "docker.io/library/localhost:5000"],
    ["Registry.Test/app", "registry.test/app"],
    ["host:443/a/b-c_d.e__f---g:TAG", "host:443/a/b-c_d.e__f---g:TAG"],
    ["10.0.0.1/app", "10.0.0.1/app"],
    ["[::1]:5000/app:1", "[::1]:5000/app:1"],
    ["[2001:DB8::1]/app", "[2001:db8::1]/app"],
    [`nginx@${DIGEST}`, `docker.io/library/nginx@${DIGEST}`],
    [`nginx:1.27@${DIGEST}`, `docker.io/library/nginx:1.27@${DIGEST}`],
    [`a/b@sha512:${"0".repeat(128)}`, `docker.io/a/b@sha512:${"0".repeat(128)}`],
  ] as const) {
    test(`"${text.slice(0, 40)}" is ${full.slice(0, 40)}`, () => {
      const reference = parseReference(text);
      assert.ok(!isProblem(reference), JSON.stringify(reference));
      assert.equal(formatReference(reference), full);
    });
  }

  for (const [text, problem] of [
    ["", /empty/],
    [":1", /empty/],
    [`@${DIGEST}`, /empty/],
    ["nginx:", /tag is empty/],
    ["nginx:-1", /not a tag/],
    ["nginx:.1", /not a tag/],
    [`nginx:${"a".repeat(129)}`, /not a tag/],
    ["nginx:1:2", /not a tag/],
    ["nginx@", /not a digest/],
    ["nginx@sha256:abc", /not a digest/],
    [`nginx@md5:${"a".repeat(32)}`, /not a digest/],
    [`nginx@sha256:${"A".repeat(64)}`, /not a digest/],
    [`nginx@${DIGEST}@${DIGEST}`, /not a digest/],
    [`nginx@${DIGEST}:1`, /not a digest/],
    ["Nginx", /upper-case/],
    ["user/App", /upper-case/],
    ["MYHOST/app", /neither/],
    ["a//b", /empty path part/],
    ["/nginx", /empty path part/],
    ["nginx/", /empty path part/],
    ["host:5000/", /empty path part/],
    ["a/b_", /not a path part/],
    ["a/b..c", /not a path part/],
    ["a/b___c", /not a path part/],
    ["a/.b", /not a path part/],
    ["a/../b", /not a path part/],
    ["a/b c", /not a path part/],
    ["a/b\n", /not a path part/],
    ["https://registry.test/app", /not a port|not a host/],
    ["host:99999/app", /not a port/],
    ["host:/app", /not a port/],
    ["host:1a/app", /not a port/],
    ["-host.test/app", /not a host name/],
    ["host..test/app", /not a host name/],
    ["ho_st.test/app", /not a host name/],
    ["host.test%2f/app", /not a host name/],
    ["user@host.test/app", /not a digest/],
    ["[::1/app", /not a host name/],
    ["[:::1]/app", /not a host name/],
    ["[::1]x:5000/app", /not a host name/],
    ["[fe80::1%eth0]/app", /not a host name/],
    ["caf\u00e9.test/app", /not a host name/],
    ["host:0/app", /not a port/],
    ["host:0443/app", /not a port/],
    ["a.9/app", /^"a.9" is not a host name$/],
    ["a.0x7f/app", /not a host name/],
    ["1.2.3/app", /not a host name/],
    ["0x7f.1/app", /not a host name/],
    ["010.0.0.1/app", /not a host name/],
    ["256.1.1.1:5000/app", /not a host name/],
    ["1.2.3.4.5/app", /not a host name/],
    ["2130706433:5000/app", /not a host name/],
    ["xn--.test/app", /not a host name/],
    [HEX, /image ID/],
    ["a/".repeat(130).slice(0, -1), /255 characters|more than 255/],
    [`user/${"a".repeat(250)}`, /more than 255/],
  ] as const) {
    test(`${JSON.stringify(text.slice(0, 40))} is refused`, () => {
      const reference = parseReference(text);
      assert.ok(isProblem(reference), JSON.stringify(reference));
      assert.match(reference.problem, problem);
    });
  }

  test("is at most 255 characters long, including its host", () => {
    const path = "a".repeat(255 - "host.test/".length);
    assert.ok(!isProblem(parseRepository(`host.test/${path}`)));
    assert.ok(isProblem(parseRepository(`host.test/${path}a`)));
  });

  test("survives a round trip through its full form", () => {
    fc.assert(
      fc.property(written(), (text) => {
        const reference = parseReference(text);
        if (isProblem(reference)) return;
        const full = formatReference(reference);
        assert.deepEqual(parseReference(full), reference);
        assert.deepEqual(parseRepository(formatRepository(reference.repository)), reference.repository);
      }),
      { numRuns: 3000 },
    );
  });

  test("follows the grammar, whatever the input", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary" }), written()), (text) => {
        const reference = parseReference(text);
        if (isProblem(reference)) {
          assert.ok(reference.problem.length > 0);
          return;
        }
        assert.match(
          formatReference(reference),
          /^[a-z0-9.:[\]-]+(?:\/[a-z0-9._-]+)+(?::[\w.-]{1,128})?(?:@sha\d+:[a-f0-9]+)?$/,
        );
        assert.ok(reference.tag === undefined || isTag(reference.tag));
      }),
      { numRuns: 3000 },
    );
  });
});

describe("a host", () => {
  test("is normalised", () => {
    assert.equal(parseHost("Index.Docker.io"), "docker.io");
    assert.equal(parseHost("Host.test:5000"), "host.test:5000");
  });

  test("stays the same as the host of a URL", () => {
    const label = fc.oneof(
      fc.constantFrom("a", "0x7f", "10", "256", "xn--", "xn--a", "01", "_", "", "\u00e9", "[::1]", "localhost", "-"),
      fc.string({ maxLength: 4 }),
    );
    const host = fc.tuple(fc.array(label, { maxLength: 5 }), fc.constantFrom("", ":0", ":5000", ":65536"));
    fc.assert(
      fc.property(host, ([labels, port]) => {
        const parsed = parseHost(labels.join(".") + port);
        if (typeof parsed !== "string") return;
        const url = new URL(`https://${parsed}/v2/`);
        if (!parsed.startsWith("[")) assert.equal(url.host, parsed.replace(/:443$/, ""));
      }),
      { numRuns: 3000 },
    );
  });

  test("has no scheme, path or user", () => {
    for (const text of ["https://host.test", "host.test/", "user@host.test", "", "host.test:"]) {
      assert.ok(isProblem(Object(parseHost(text))), text);
    }
  });
});

describe("a digest tag", () => {
  test("is sha256- or sha512- and 64 hex digits, alone or with a suffix of cosign", () => {
    for (const tag of [
      `sha256-${HEX}`,
      `sha512-${HEX}`,
      `sha256-${HEX}.sig`,
      `sha256-${HEX}.att`,
      `sha256-${HEX}.sbom`,
    ]) {
      assert.equal(isDigestTag(tag), true, tag);
    }
  });

  test("is not a tag that only looks similar", () => {
    for (const tag of [
      "sha256-abc",
      "v1.sig",
      `sha256-${HEX}.zip`,
      `sha256-${HEX}0`,
      `xsha256-${HEX}`,
      `sha1-${HEX}`,
    ]) {
      assert.equal(isDigestTag(tag), false, tag);
    }
  });
});

/** Generates texts that are references, or nearly so. */
function written(): fc.Arbitrary<string> {
  const host = fc.constantFrom(
    "",
    "localhost/",
    "Host.Test:5000/",
    "[::1]/",
    "[::1]:80/",
    "docker.io/",
    "HOST/",
    "a:1/",
  );
  const part = fc.string({ unit: fc.constantFrom("a", "b", "0", ".", "_", "__", "-"), minLength: 1, maxLength: 5 });
  const path = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/"));
  const tag = fc.constantFrom("", ":1", ":v1.0-rc_1", ":", ":-a", ":latest");
  const digest = fc.constantFrom("", `@${DIGEST}`, "@sha256:1");
  return fc.tuple(host, path, tag, digest).map((parts) => parts.join(""));
}
