import assert from "node:assert/strict";
import { it } from "node:test";
import { classifyAddress, isLoopback, literalAddress } from "../../src/registry/address.ts";

it("never allows link-local and unspecified addresses, however they are written", () => {
  for (const address of [
    "169.254.169.254",
    "0.0.0.0",
    "fe80::1",
    "fd00:ec2::254",
    "::",
    "::ffff:169.254.169.254",
    "::ffff:a9fe:a9fe",
  ]) {
    assert.equal(classifyAddress(address), "forbidden", address);
  }
});

it("tells private from public addresses", () => {
  for (const address of [
    "127.0.0.1",
    "10.1.2.3",
    "172.31.0.1",
    "192.168.0.1",
    "100.64.0.1",
    "::1",
    "fd12::1",
    "::ffff:10.0.0.1",
  ]) {
    assert.equal(classifyAddress(address), "private", address);
  }
  for (const address of ["8.8.8.8", "172.32.0.1", "2001:4860:4860::8888"])
    assert.equal(classifyAddress(address), "public", address);
});

it("sees through the odd spellings of an address that URLs allow", () => {
  assert.equal(literalAddress(new URL("http://0x7f.1/")), "127.0.0.1");
  assert.equal(literalAddress(new URL("http://2852039166/")), "169.254.169.254");
  assert.equal(literalAddress(new URL("http://[::1]:5000/")), "::1");
  assert.equal(literalAddress(new URL("http://example.com/")), undefined);
});

it("takes only this machine for loopback", () => {
  for (const url of ["http://localhost:5000", "http://127.9.9.9", "http://[::1]", "http://a.localhost"])
    assert.ok(isLoopback(new URL(url)), url);
  for (const url of ["http://localhost.example.com", "http://10.0.0.1", "http://mylocalhost"])
    assert.ok(!isLoopback(new URL(url)), url);
});
