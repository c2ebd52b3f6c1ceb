import type { ErrorGuides } from "./guide.ts";

type Code =
  | "SOURCE_NOT_FOUND"
  | "TARGET_NOT_FOUND"
  | "CONTENT_MISSING"
  | "CONTENT_MISMATCH"
  | "CONTENT_REFUSED"
  | "LIMIT_EXCEEDED"
  | "PIN_MOVED"
  | "PLATFORM_MISSING"
  | "SELECTED_NOTHING"
  | "TARGET_CONFLICT"
  | "DATE_UNKNOWN"
  | "TAG_IMMUTABLE"
  | "TAG_STALE"
  | "TAG_SHARED";

/** Errors of images and tags. */
export const CONTENT_GUIDES: ErrorGuides<Code> = {
  SOURCE_NOT_FOUND: {
    meaning: "The source has no such repository, tag or digest.",
    causes: [
      "a misspelt name or tag",
      "the tag was deleted upstream, or an untagged image was cleaned up",
      "the credentials lack read access: many registries then answer that it does not exist",
    ],
    advice: ["check the reference, and try `docker pull`", "pin another digest, or remove the tag from the manifest"],
    example: {
      side: "source",
      reference: "docker.io/library/nginx:1.72",
      message: 'there is no "docker.io/library/nginx:1.72"',
      hint: "check the name and the tag; some registries also answer so when the credentials may not read it",
    },
  },
  TARGET_NOT_FOUND: {
    meaning: "The target repository or tag does not exist, and is not created by a push.",
    causes: [
      "Artifact Registry, ECR, Harbor and others require the repository or project to be created first",
      "`pull`: the tag was not copied yet",
    ],
    advice: [
      "create it with the registry's own tools (for Artifact Registry and ECR the hint has the command), then run again",
      "before `pull`: `imgsync apply`",
    ],
    example: {
      side: "target",
      reference: "registry.example.com/team/app:1.2",
      message: "registry.example.com answered 404 to POST upload: NAME_UNKNOWN: repository name not known to registry",
      hint: "a push does not create it: create the repository or project first",
    },
  },
  CONTENT_MISSING: {
    meaning: "An image refers to a manifest or blob that its registry does not have.",
    causes: ["the push of that image was incomplete", "a garbage collection of the registry removed too much"],
    advice: [
      "push the image again at the source",
      "choose the platforms that are complete: `platforms: [linux/amd64]`",
      "if the target is incomplete: `imgsync apply --repair`",
    ],
    example: {
      side: "source",
      reference: "registry.example.com/team/app",
      message:
        'registry.example.com has no blob "sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae", although a manifest there refers to it',
      hint: "the image at the source is incomplete: push it there again",
    },
  },
  CONTENT_MISMATCH: {
    meaning: "The content received does not match its digest. It was not used.",
    causes: [
      "a proxy or cache in between changes or mixes up answers",
      "the registry's storage is damaged",
      "`pull`: a mirror that the container runtime uses has an older image under the tag",
      "an attacker between imgsync and the registry",
    ],
    advice: [
      "try without the proxy; with `pull`, try `--by-digest`",
      "push the image again at the source",
      "take it seriously if it happens again",
    ],
    example: {
      side: "source",
      reference: "registry.example.com/team/app:1.2",
      message:
        'registry.example.com sent content of digest "sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"',
      hint: "the registry or a proxy in front of it is broken or hostile",
    },
  },
  CONTENT_REFUSED: {
    meaning: "The source has content that imgsync does not copy: it is malformed, or not an image.",
    causes: [
      "a manifest of the outdated schema 1",
      "a manifest that is not JSON, or whose parts contradict each other",
    ],
    advice: ["build and push the image again with a current tool"],
    example: {
      side: "source",
      reference: "registry.example.com/team/app:1.2",
      message: "registry.example.com sent a manifest with an encoding that was not asked for",
    },
  },
  LIMIT_EXCEEDED: {
    meaning: "An answer is larger than any that a registry should send.",
    causes: [
      "a manifest of more than 4 MiB",
      "an image of more than 1,000 layers, or with indexes nested more than 4 levels deep",
      "a tag list of more than 1,000,000 tags",
      "a hostile or broken registry",
    ],
    advice: ["check the reference", "name tags one by one if the repository has too many to list"],
    example: {
      side: "source",
      reference: "registry.example.com/team/app:1.2",
      message: "the answer to GET manifest is larger than 4194304 bytes",
    },
  },
  PIN_MOVED: {
    meaning: "A tag that the manifest pins points at another digest at the source.",
    causes: ["the tag was pushed again upstream", "the digest in the manifest is wrong"],
    advice: ["check what changed upstream", "then pin the new digest, or keep the old one without its tag"],
    example: {
      side: "source",
      reference: "docker.io/library/nginx:1.26.2",
      message:
        'the tag "1.26.2" points at sha256:fcde2b2edba56bf408601fb721fe9b5c338d10ee429ea04fae5511b68fbf8fb9 now, but it is pinned to sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae',
      hint: "check what changed upstream, then pin the new digest, or the old one without the tag",
    },
  },
  PLATFORM_MISSING: {
    meaning: "The source image lacks a platform that the manifest declares.",
    causes: [
      "upstream stopped building it, or never did",
      "`platforms` is set for a single-platform image, which is not an index",
    ],
    advice: ["drop the platform for this entry", "or write `platforms: all`"],
    example: {
      side: "source",
      reference: "docker.io/library/nginx:1.27",
      message: "the source has no linux/riscv64",
      hint: "it has linux/amd64, linux/arm64",
    },
  },
  SELECTED_NOTHING: {
    meaning: "A selector (`semver`, `glob`, `regex`) matches no tag of the source.",
    causes: [
      "a mistake in the pattern",
      "`exclude` excludes all of them",
      "two-part tags such as `1.27` need `loose: true`",
    ],
    advice: [
      "compare the pattern with the existing tags: `imgsync list REPOSITORY`",
      "set `optional: true` if no match is fine",
    ],
    example: {
      side: "source",
      reference: "docker.io/library/nginx",
      message: "the selector matches no tag",
      hint: "the repository has 250 tags, none of which matches; if that is fine, set optional: true",
    },
  },
  TARGET_CONFLICT: {
    meaning: "Two parts of the manifest conflict at one tag.",
    causes: [
      "two selectors map different images to the same target tag",
      "an entry reads from a tag that another one writes",
    ],
    advice: ["let only one of them write the tag, for example with `exclude`", "copy both from the first source"],
    example: {
      side: "target",
      reference: "registry.example.com/team/app:stable",
      message: "images.yaml:6:9 and images.yaml:12:9 map different images to the same tag",
      hint: "let only one of them write this tag, for example with exclude",
    },
  },
  DATE_UNKNOWN: {
    meaning: "The manifest needs the creation date of an image, and the image has none.",
    causes: [
      "the image is a reproducible build with a fixed date in 1970 or 1980 (ko, Bazel, Nix, buildpacks)",
      "it is an artifact, not an image, such as a Helm chart",
    ],
    advice: [
      "name tags with `{digest:8}` alone",
      "for `minAge`: leave the image out with `exclude`, or give it an entry of its own with `minAge: 0h`",
      "if you build the image, build it with its date",
    ],
    example: {
      side: "source",
      reference: "docker.io/library/app@sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
      message: 'the image has no creation date, which {date} in "stable-{date}" needs',
      hint: "use {digest:8} alone, or build the image with its date",
    },
  },
  TAG_IMMUTABLE: {
    meaning: "The target tag exists with another image, and must not move.",
    causes: [
      "an `immutable` rule of the manifest covers it",
      "the registry has immutable tags enabled",
      "another client wrote the tag at the same time as this run: the error names both images",
    ],
    advice: ["use a new tag for the new image", "`--skip-blocked` applies everything else and still exits 3"],
    example: {
      side: "target",
      reference: "registry.example.com/team/app:1.2",
      message: "Harbor refuses to move the tag: configured as immutable",
      hint: "the tag points at sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae; use a new tag, or pin that digest",
    },
  },
  TAG_SHARED: {
    meaning:
      "The tag should be deleted, but its registry can only delete whole images, and something that stays needs the image.",
    causes: [
      "another tag that stays, or is new since the plan, points at the same image",
      "an index that stays has the image as one of its platforms",
      "the registry cannot delete a single tag, such as docker-registry before version 3",
    ],
    advice: ["keep the tag: add it to the selector's `exclude`", "remove the other tag too"],
    example: {
      side: "target",
      reference: "registry.example.com/team/app:1.2",
      message: "it shares its digest with stable, and registry.example.com cannot delete a single tag",
      hint: "keep the tag with exclude, or delete it at the registry by hand",
    },
  },
  TAG_STALE: {
    meaning: "Another client changed the target tag after the plan was made, so imgsync did not touch it.",
    causes: [
      "another run or a person pushed the tag in the meantime",
      "a saved plan was applied long after it was made",
      "`pull`: the tag moved during the pull; the machine has the new image",
    ],
    advice: ["plan again and review what has changed", "let only one run at a time write to a repository"],
    example: {
      side: "target",
      reference: "registry.example.com/team/app:1.2",
      message:
        "the tag points at sha256:fcde2b2edba56bf408601fb721fe9b5c338d10ee429ea04fae5511b68fbf8fb9 now, which is not what the plan saw (nothing)",
      hint: "another client changed it; plan again",
    },
  },
};
