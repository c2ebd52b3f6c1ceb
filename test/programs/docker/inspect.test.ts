import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseInspect } from "../../../src/programs/docker/inspect.ts";

const ID = `sha256:${"a".repeat(64)}`;
const NAME = { RepoTags: ["my-image:latest"], RepoDigests: [`my-image@${ID}`], Os: "linux", Architecture: "amd64" };

describe("image inspect", () => {
  it("of docker's classic store has an ID and no descriptor", () => {
    assert.deepEqual(
      parseInspect(JSON.stringify([{ Id: ID, Size: 6, GraphDriver: { Name: "vfs" }, ...NAME }]), "docker"),
      {
        id: ID,
        platform: { os: "linux", architecture: "amd64" },
        bytes: 6,
        names: ["my-image:latest", `my-image@${ID}`],
      },
    );
  });

  it("of containerd's store has a descriptor", () => {
    const mediaType = "application/vnd.oci.image.index.v1+json";
    const text = JSON.stringify([{ Id: ID, Descriptor: { mediaType, digest: ID, size: 1609 }, ...NAME }]);
    assert.deepEqual(parseInspect(text, "docker").descriptor, { digest: ID, mediaType });
  });

  it("of podman gets the algorithm that its ID lacks", () => {
    assert.equal(parseInspect(JSON.stringify([{ Id: "a".repeat(64), RepoTags: null }]), "podman").id, ID);
  });

  it("of nerdctl gets the digest of the manifest as its ID, because the config's digest does not find the image", () => {
    const config = `sha256:${"c".repeat(64)}`;
    const { id, descriptor } = parseInspect(JSON.stringify([{ Id: config, ...NAME }]), "nerdctl");
    assert.deepEqual([id, descriptor?.digest], [ID, ID]);
  });

  it("of any other form is refused", () => {
    for (const text of ["", "[]", "{}", '[{"Id":"short"}]', "null"]) {
      assert.throws(() => parseInspect(text, "mydocker"), /"mydocker image inspect" printed something/);
    }
  });
});
