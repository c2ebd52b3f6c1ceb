import type { ErrorGuides } from "./guide.ts";

/** Errors about the signatures that a manifest requires. */
export const SIGNATURE_GUIDES: ErrorGuides<"SIGNATURE_INVALID" | "SIGNATURE_UNCHECKED"> = {
  SIGNATURE_INVALID: {
    meaning: "The image lacks a signature that the manifest requires (`verify`). The image was not copied.",
    causes: [
      "the image is not signed, or not yet: pipelines sign after they push",
      "the image was signed with another key or by another identity",
      "this version of cosign does not find the signature: cosign 2 does not find signatures of cosign 3",
      "another image was pushed to the tag",
      "the image was copied into an OCI layout without its signatures: with `referrers: false`, `skopeo copy` or `cosign save`",
    ],
    advice: [
      "run `cosign verify` with the digest in the message",
      "have the image signed at the source, or correct `verify` in the manifest",
      "if the image was signed before, find out who pushed the unsigned one",
    ],
    example: {
      side: "source",
      reference:
        "registry.example.com/team/app@sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
      message: 'it is not signed by the key "cosign.pub": no signatures found',
      hint: "have it signed at the source, or correct the manifest; verify at images.yaml:5:13 requires it",
    },
  },
  SIGNATURE_UNCHECKED: {
    meaning: "imgsync could not check a signature that the manifest requires (`verify`). The image was not copied.",
    causes: [
      "cosign is not installed",
      "cosign cannot reach the registry or Sigstore's services",
      "an OCI layout is damaged, or nothing can listen on 127.0.0.1, where cosign reads it",
      "`--untrusted` is on, so no programs are run",
    ],
    advice: [
      "run `cosign verify` with the digest in the message",
      "if the images are signed without the transparency log, set `verify: { key: FILE, tlog: false }`",
    ],
    example: {
      side: "source",
      reference:
        "registry.example.com/team/app@sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
      message: '"cosign" is not a program on the PATH',
      hint: "install cosign 2 or newer; verify at images.yaml:5:13 requires it",
    },
  },
};
