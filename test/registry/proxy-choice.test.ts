import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ImgsyncError } from "../../src/model/error.ts";
import { maskSecrets } from "../../src/model/secret.ts";
import { createProxyChooser, readProxies } from "../../src/http/proxies.ts";

const PROXY = "http://proxy.example:3128";

function isDirect(no: string, url: string): boolean {
  return createProxyChooser({ http: PROXY, https: PROXY, no })(new URL(url)) === undefined;
}

/** The behaviour of golang.org/x/net/http/httpproxy: [NO_PROXY, hosts asked directly, hosts asked through the proxy]. */
const CASES: readonly (readonly [no: string, direct: string, proxied: string])[] = [
  ["", "localhost 127.0.0.1 127.9.9.9:5000 [::1]", "registry.example 10.9.8.7"],
  ["*", "registry.example 10.9.8.7 [2001:db8::1]", ""],
  ["a.example, *", "registry.example", ""],
  ["registry.example", "registry.example a.registry.example registry.example:5000", "myregistry.example example"],
  ["REGISTRY.Example", "registry.example", "registry.test"],
  [".corp.example", "a.corp.example a.b.corp.example", "corp.example acorp.example"],
  ["*.corp.example", "a.corp.example", "corp.example"],
  ["registry.example:5000", "registry.example:5000 a.registry.example:5000", "registry.example registry.example:5001"],
  ["registry.example:443", "registry.example registry.example:443", "registry.example:5000"],
  [".corp.example:5000", "a.corp.example:5000", "a.corp.example corp.example:5000"],
  ["10.0.0.0/8", "10.9.8.7 10.0.0.1:5000 [::ffff:10.1.1.1]", "11.0.0.1 ten.example"],
  ["localhost, 10.9.8.0/24", "10.9.8.7", "10.9.9.7"],
  ["fd00::/8,10.9.8.7/32", "10.9.8.7 [fd12::1]:5000", "10.9.8.8 [fe00::1]"],
  ["10.9.8.7", "10.9.8.7 10.9.8.7:5000", "10.9.8.70 110.9.8.7"],
  ["10.9.8.7:5000", "10.9.8.7:5000", "10.9.8.7 10.9.8.7:5001"],
  ["[2001:db8::1]", "[2001:db8::1] [2001:db8:0::1]:5000", "[2001:db8::2]"],
  ["2001:db8::1", "[2001:db8::1]", "[2001:db8::2]"],
  ["[2001:db8::1]:5000", "[2001:db8::1]:5000", "[2001:db8::1]"],
  [".7", "", "10.9.8.7"],
  ["a.example b.example,, ,", "a.example b.example", "c.example"],
  ["https://registry.example, :5000, .", "", "registry.example registry.example:5000"],
];

describe("NO_PROXY", () => {
  for (const [no, direct, proxied] of CASES) {
    it(`"${no}" means the same as for Go programs`, () => {
      for (const host of direct.split(" ").filter(Boolean)) assert.ok(isDirect(no, `https://${host}/v2/`), host);
      for (const host of proxied.split(" ").filter(Boolean)) assert.ok(!isDirect(no, `https://${host}/v2/`), host);
    });
  }
});

describe("the proxy variables", () => {
  const chosen = (
    environment: Readonly<Record<string, string>>,
    url = "https://registry.example/",
  ): string | undefined => createProxyChooser(readProxies(environment))(new URL(url))?.href;

  it("default to the scheme http", () => {
    for (const value of ["proxy.example:3128", "http://proxy.example:3128", " proxy.example:3128 "])
      assert.equal(chosen({ HTTPS_PROXY: value }), "http://proxy.example:3128/");
    assert.equal(chosen({ HTTPS_PROXY: "proxy.example" }), "http://proxy.example/");
    assert.equal(chosen({ HTTPS_PROXY: "10.0.0.1:3128" }), "http://10.0.0.1:3128/");
    assert.equal(chosen({ HTTPS_PROXY: "[fd00::1]:3128" }), "http://[fd00::1]:3128/");
    assert.equal(chosen({ HTTPS_PROXY: "ada:pass@proxy.example:3128" }), "http://ada:pass@proxy.example:3128/");
    assert.equal(chosen({ HTTPS_PROXY: "https://proxy.example" }), "https://proxy.example/");
    assert.equal(chosen({ HTTPS_PROXY: "socks5h://proxy.example:1080" }), "socks5://proxy.example:1080");
  });

  it("have upper-case and lower-case names, and each applies to its own scheme", () => {
    assert.equal(chosen({ https_proxy: "low:1" }), "http://low:1/");
    assert.equal(chosen({ HTTPS_PROXY: "up:1", https_proxy: "low:1" }), "http://up:1/");
    assert.equal(chosen({ HTTPS_PROXY: "", https_proxy: "low:1" }), "http://low:1/");
    assert.equal(chosen({ HTTP_PROXY: "a:1" }), undefined);
    assert.equal(chosen({ HTTP_PROXY: "a:1" }, "http://registry.example"), "http://a:1/");
    assert.equal(chosen({ HTTPS_PROXY: "a:1", no_proxy: "registry.example" }), undefined);
  });

  it("with an invalid value are errors that name the variable and hide the value", () => {
    const bad = [
      "http://",
      "://proxy",
      "ftp://proxy:1",
      "proxy:port",
      "http://a:s3cretpart%@proxy:1",
      "http://[::1",
      "p roxy",
      "https//proxy.example",
      "http://proxy.example/path",
    ];
    for (const name of ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"]) {
      for (const value of bad) {
        assert.throws(
          () => readProxies({ [name]: value }),
          (thrown: unknown) => {
            assert.ok(thrown instanceof ImgsyncError, value);
            assert.equal(thrown.code, "CONFIG_INVALID");
            assert.ok(thrown.message.startsWith(`${name} is not a proxy address`), thrown.message);
            assert.doesNotMatch(JSON.stringify(thrown.details), /s3cretpart/);
            return true;
          },
        );
      }
    }
    for (const value of ["10.0.0.0/33", "a.example,fd00::/129", "10.0.0/8"]) {
      assert.throws(() => readProxies({ no_proxy: value }), {
        code: "CONFIG_INVALID",
        message: /in no_proxy is not a range/,
      });
    }
  });

  it("keep the password secret", () => {
    readProxies({ HTTPS_PROXY: "http://ada:proxy%2Fpass-1@proxy.example:3128" });
    assert.equal(maskSecrets("refused proxy/pass-1"), "refused ***");
  });
});
