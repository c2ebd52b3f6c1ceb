import assert from "node:assert/strict";
import { it } from "node:test";
import { classifyAddress, isLoopback, literalAddress } from "../../src/http/address.ts";

const CLASSES = {
  forbidden: [
    // unspecified, link-local, reserved, multicast, documentation
    "0.0.0.0 0.1.2.3 169.254.0.1 192.0.2.1 198.51.100.7 203.0.113.255",
    "224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255 :: fe80::1",
    "fe80::1%1 febf::1 ff02::1 2001:db8::1 3fff::1 192.88.99.1",
    "100::1 2001:2::1 2001:10::1 5f00::1",
    // cloud metadata services
    "169.254.169.254 169.254.170.2 168.63.129.16 100.100.100.200 192.0.0.192 fd00:ec2::254",
    "fd20:ce::254",
    // the same, embedded in IPv6
    "::ffff:169.254.169.254 ::ffff:a9fe:a9fe 0:0:0:0:0:ffff:a9fe:a9fe ::a9fe:a9fe ::169.254.169.254 ::ffff:0:169.254.169.254",
    "64:ff9b::169.254.169.254 64:ff9b::a83f:8110 64:ff9b:1::6464:64c8 64:ff9b:1:ffff::a9fe:a9fe 2002:a9fe:a9fe:: 2002:a9fe:a9fe:1::1",
    "2001:0:808:808:0:0:5601:5601 2001:0:a9fe:a9fe::f7f7:f7f7",
  ],
  private: [
    "10.0.0.0 10.1.2.3 100.64.0.1 100.127.255.255 127.0.0.1 127.255.0.1",
    "172.16.0.1 172.31.0.1 192.168.0.1 198.18.0.1 198.19.255.255 ::1",
    "fc00::1 fd12::1 fd00:ec2::253 fec0::1 ::ffff:10.0.0.1 ::ffff:7f00:1",
    "::ffff:0:10.0.0.1 ::10.0.0.1 64:ff9b::10.0.0.1 64:ff9b::7f00:1 64:ff9b:1::c0a8:1 2002:a00:1::1",
    "2002:7f00:1:: 2001:0:808:808::f5ff:fffe",
  ],
  public: [
    "8.8.8.8 1.1.1.1 172.15.255.255 172.32.0.1 100.63.255.255 100.128.0.1",
    "192.0.1.1 198.17.0.1 168.63.129.17 223.255.255.255 2001:4860:4860::8888 2606:4700::1111",
    "::ffff:8.8.8.8 ::8.8.8.8 64:ff9b::8.8.8.8 64:ff9b:1::808:808 2002:808:808::1 2001:0:808:808::f7f7:f7f7",
    "2a00::1",
  ],
} as const;

for (const name of ["forbidden", "private", "public"] as const) {
  it(`classifyAddress recognizes ${name} addresses in every notation`, () => {
    const addresses = CLASSES[name].flatMap((line) => line.split(" "));
    const found = addresses.map((address) => [address, classifyAddress(address)]);
    assert.deepEqual(
      found,
      addresses.map((address) => [address, name]),
    );
  });
}

it("literalAddress resolves unusual spellings of an address in a URL", () => {
  assert.equal(literalAddress(new URL("http://0x7f.1/")), "127.0.0.1");
  assert.equal(literalAddress(new URL("http://2852039166/")), "169.254.169.254");
  assert.equal(literalAddress(new URL("http://[::1]:5000/")), "::1");
  assert.equal(literalAddress(new URL("http://example.com/")), undefined);
});

it("isLoopback accepts only this machine", () => {
  for (const url of [
    "http://localhost:5000",
    "http://127.9.9.9",
    "http://[::1]",
    "http://[::ffff:127.0.0.1]",
    "http://a.localhost",
    "http://localhost.",
  ])
    assert.ok(isLoopback(new URL(url)), url);
  for (const url of ["http://localhost.example.com", "http://10.0.0.1", "http://mylocalhost"])
    assert.ok(!isLoopback(new URL(url)), url);
});
