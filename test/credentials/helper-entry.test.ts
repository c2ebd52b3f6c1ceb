import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { editHelper } from "../../src/credentials/helper-entry.ts";

const entry = { key: "registry.test", helper: "own" };
const edited = (text: string | undefined) => editHelper(text, entry, "config.json");

describe("a helper's entry in config.json", () => {
  it("creates the content of a missing or empty file", () => {
    const wanted = '{\n  "credHelpers": {\n    "registry.test": "own"\n  }\n}\n';
    assert.equal(edited(undefined).text, wanted);
    assert.equal(edited("").text, wanted);
    assert.equal(edited(undefined).kind, "add");
  });

  it("keeps all other keys with their order and values, unknown ones included", () => {
    const before = {
      zeta: [1, { a: null }],
      credHelpers: { "other.test": "other" },
      auths: { "registry.test": {} },
      credsStore: "desktop",
      proxies: { default: { httpProxy: "http://proxy" } },
    };
    const after = JSON.parse(edited(JSON.stringify(before)).text);
    assert.deepEqual(after, { ...before, credHelpers: { "other.test": "other", "registry.test": "own" } });
    assert.deepEqual(Object.keys(after), Object.keys(before));
  });

  it("keeps a key named __proto__", () => {
    const { text } = edited('{"__proto__": {"a": 1}, "credHelpers": {"__proto__": "x"}}');
    assert.equal(text, '{"__proto__":{"a":1},"credHelpers":{"__proto__":"x","registry.test":"own"}}');
  });

  it("keeps the indentation, the line endings and the end of the file", () => {
    assert.equal(edited('{\n\t"a": 1\n}').text, '{\n\t"a": 1,\n\t"credHelpers": {\n\t\t"registry.test": "own"\n\t}\n}');
    assert.match(
      edited('{\n    "a": 1\n}\n').text,
      /\n {4}"credHelpers": \{\n {8}"registry\.test": "own"\n {4}\}\n\}\n$/,
    );
    assert.match(edited('{\r\n  "a": 1\r\n}\r\n').text, /^\{\r\n {2}"a": 1,\r\n {2}"credHelpers": \{\r\n/);
    assert.equal(edited('{"a":1}').text, '{"a":1,"credHelpers":{"registry.test":"own"}}');
  });

  it("changes nothing if it is already there, and reports what it replaces", () => {
    const text = '{ "credHelpers": { "registry.test": "own" } }';
    assert.deepEqual(edited(text), { text, kind: "none", previous: "own", hidesAuths: false });
    const replaced = edited('{"credHelpers":{"registry.test":"old"}}');
    assert.deepEqual([replaced.kind, replaced.previous], ["replace", "old"]);
  });

  it("reports that it hides a login in auths, but not the empty entry of a login with a helper", () => {
    assert.equal(edited('{"auths":{"registry.test":{"auth":"YTpi"}}}').hidesAuths, true);
    assert.equal(edited('{"auths":{"registry.test":{}}}').hidesAuths, false);
  });

  it("refuses an invalid config.json, without repeating its content", () => {
    for (const text of ['{"auths": {"h": {"auth": "c2VjcmV0"}}', "[]", '"c2VjcmV0"', '{"credHelpers": ["c2VjcmV0"]}']) {
      assert.throws(
        () => edited(text),
        (thrown: Error & { code?: string }) => {
          assert.equal(thrown.code, "CREDENTIALS_FAILED");
          assert.match(thrown.message, /config\.json/);
          assert.doesNotMatch(JSON.stringify(thrown) + thrown.message, /c2VjcmV0/);
          return true;
        },
        text,
      );
    }
  });
});
