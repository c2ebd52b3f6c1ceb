import type { ErrorGuides } from "./guide.ts";

/** Errors about the signatures that a manifest requires. */
export const SIGNATURE_GUIDES: ErrorGuides<"SIGNATURE_INVALID" | "SIGNATURE_UNCHECKED"> = {
  SIGNATURE_INVALID: {
    meaning: "The manifest requires a signature (`verify`), and the image has none, or none by that signer.",
    causes: [
      "the image was not signed, or not yet: pipelines push first and sign afterwards",
      "another key or another identity signed it",
      "this version of cosign does not find signatures of that format: cosign 2 misses what cosign 3 signs",
      "another image was pushed under the tag",
    ],
    advice: [
      "run `cosign verify` by hand with the digest that the error names",
      "have the image signed at the source, or correct `verify`",
      "take it seriously if the image was signed before",
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
    meaning: "The manifest requires a signature (`verify`), and imgsync could not check it. The image was not copied.",
    causes: [
      "cosign is not installed",
      "cosign cannot reach the registry, or Sigstore's services",
      "with `--untrusted` no program is run",
    ],
    advice: [
      "run `cosign verify` by hand with the digest that the error names",
      "if images are signed without the transparency log: `verify: { key: FILE, tlog: false }`",
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
