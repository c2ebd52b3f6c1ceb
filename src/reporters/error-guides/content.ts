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
    meaning: "The source repository, tag or digest does not exist.",
    causes: [
      "the name or tag is misspelt",
      "the tag was deleted upstream, or an untagged image was garbage-collected",
      "the credentials lack read access: many registries then report that the repository does not exist",
    ],
    advice: [
      "check the reference, for example with `imgsync list REPOSITORY`",
      "remove the tag from the manifest, pin another digest, or set `optional: true`",
    ],
    example: {
      side: "source",
      reference: "docker.io/library/nginx:1.72",
      message: 'there is no "docker.io/library/nginx:1.72"',
      hint: "check the name and the tag; some registries also answer so when the credentials may not read it",
    },
  },
  TARGET_NOT_FOUND: {
    meaning:
      "The target repository does not exist, and pushes do not create it. For `pull`: the target tag does not exist.",
    causes: [
      "Artifact Registry, ECR, Harbor and others require that the repository or project is created first",
      "for `pull`: the tag was not copied yet",
    ],
    advice: [
      "create the repository with the registry's own tools (for Artifact Registry and ECR the hint shows the command)",
      "for `pull`: run `imgsync apply` first",
    ],
    example: {
      side: "target",
      reference: "registry.example.com/team/app:1.2",
      message: "registry.example.com answered 404 to POST upload: NAME_UNKNOWN: repository name not known to registry",
      hint: "a push does not create it: create the repository or project first",
    },
  },
  CONTENT_MISSING: {
    meaning: "An image is incomplete: its registry lacks a manifest or blob that the image refers to.",
    causes: ["the image was pushed incompletely", "the registry's garbage collection removed too much"],
    advice: [
      "push the image again at the source",
      "copy only the complete platforms, for example `platforms: [linux/amd64]`",
      "if the target is incomplete, run `imgsync apply --repair`",
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
    meaning: "The received content does not match its digest. imgsync did not use it.",
    causes: [
      "a proxy or cache changes or mixes up answers",
      "the registry's storage is corrupt",
      "for `pull`: a mirror of the container runtime has an older image under the tag",
      "an attacker changes the traffic",
    ],
    advice: [
      "try without the proxy; for `pull`, try `--by-digest`",
      "push the image again at the source",
      "if it happens again, find out what changes the traffic",
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
    meaning: "The source content is malformed, or of a kind that imgsync does not copy.",
    causes: ["the manifest has the outdated schema 1 format", "the manifest is not JSON, or contradicts itself"],
    advice: ["rebuild and push the image with a current tool"],
    example: {
      side: "source",
      reference: "registry.example.com/team/app:1.2",
      message: "registry.example.com sent a manifest with an encoding that was not asked for",
    },
  },
  LIMIT_EXCEEDED: {
    meaning: "A limit of imgsync or of this machine is exceeded.",
    causes: [
      "the registry sent too much: a manifest of more than 4 MiB, or more than 1,000,000 tags",
      "the image has more than 1,000 layers, or indexes nested more than 4 levels deep",
      "more tags would be deleted than `maxDeletes` or `maxDeletesPerDay` allows",
      "a program does not finish, or the disk is full",
    ],
    advice: ["follow the hint in the message", "see `docs/limits.md` for all limits"],
    example: {
      side: "source",
      reference: "registry.example.com/team/app:1.2",
      message: "the answer to GET manifest is larger than 4 MiB",
    },
  },
  PIN_MOVED: {
    meaning: "The manifest pins a tag to a digest, but the tag points at another digest at the source.",
    causes: ["the tag was moved upstream", "the digest in the manifest is wrong"],
    advice: ["find out what changed upstream", "pin the new digest, or pin the old digest without the tag"],
    example: {
      side: "source",
      reference: "docker.io/library/nginx:1.26.2",
      message:
        'the tag "1.26.2" points at sha256:fcde2b2edba56bf408601fb721fe9b5c338d10ee429ea04fae5511b68fbf8fb9 now, but it is pinned to sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae',
      hint: "check what changed upstream, then pin the new digest, or the old one without the tag",
    },
  },
  PLATFORM_MISSING: {
    meaning: "The source image lacks a platform that the manifest asks for.",
    causes: [
      "upstream does not build the image for this platform",
      "`platforms` is set for an image with a single platform, which is not an index",
    ],
    advice: ["remove the platform from this entry", "or set `platforms: all`"],
    example: {
      side: "source",
      reference: "docker.io/library/nginx:1.27",
      message: "the source has no linux/riscv64",
      hint: "it has linux/amd64, linux/arm64",
    },
  },
  SELECTED_NOTHING: {
    meaning: "A selector (`semver`, `glob`, `regex`) matches no source tag.",
    causes: [
      "the pattern or range has a mistake",
      "`exclude` leaves out all matches",
      "tags with two numbers, such as `1.27`, need `loose: true`",
    ],
    advice: [
      "compare the selector with the existing tags: `imgsync list REPOSITORY`",
      "if it is fine that nothing matches, set `optional: true`",
    ],
    example: {
      side: "source",
      reference: "docker.io/library/nginx",
      message: "the selector matches no tag",
      hint: "the repository has 250 tags, none of which matches; if that is fine, set optional: true",
    },
  },
  TARGET_CONFLICT: {
    meaning: "Two parts of the manifest conflict over one tag.",
    causes: [
      "two selectors map different images to the same target tag",
      "an entry reads a tag that another entry writes",
    ],
    advice: [
      "let only one of them write the tag, for example with `exclude`",
      "let both entries read from the original source",
    ],
    example: {
      side: "target",
      reference: "registry.example.com/team/app:stable",
      message: "images.yaml:6:9 and images.yaml:12:9 map different images to the same tag",
      hint: "let only one of them write this tag, for example with exclude",
    },
  },
  DATE_UNKNOWN: {
    meaning: "imgsync needs the creation date of an image, and the image has none.",
    causes: [
      "the image is a reproducible build with a fixed date in 1970 or 1980 (ko, Bazel, Nix, buildpacks)",
      "it is not a container image, but for example a Helm chart",
    ],
    advice: [
      "in templates, use `{digest:8}` and not `{date}`",
      "for `minAge`, leave out the image with `exclude`, or give it its own entry with `minAge: 0h`",
      "if you build the image, set its creation date",
    ],
    example: {
      side: "source",
      reference: "docker.io/library/app@sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
      message: 'the image has no creation date, which {date} in "stable-{date}" needs',
      hint: "use {digest:8} alone, or build the image with its date",
    },
  },
  TAG_IMMUTABLE: {
    meaning: "The target tag must not move, and points at another image.",
    causes: [
      "an `immutable` rule of the manifest covers the tag",
      "the registry has immutable tags enabled",
      "another client wrote the tag at the same time as this run; the message names both images",
    ],
    advice: [
      "use a new tag for the new image",
      "to apply everything else, add `--skip-blocked`; the exit code is still 3",
    ],
    example: {
      side: "target",
      reference: "registry.example.com/team/app:1.2",
      message: "Harbor refuses to move the tag: configured as immutable",
      hint: "the tag points at sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae; use a new tag, or pin that digest",
    },
  },
  TAG_SHARED: {
    meaning: "The tag cannot be deleted alone: its registry only deletes whole images, and this image is still needed.",
    causes: [
      "another tag that stays, or was created after the plan, points at the same image",
      "the image is one platform of an index that stays",
      "the registry cannot delete single tags, such as docker-registry before version 3",
    ],
    advice: ["keep the tag: add it to the selector's `exclude`", "or delete the other tag too"],
    example: {
      side: "target",
      reference: "registry.example.com/team/app:1.2",
      message: "it shares its digest with stable, and registry.example.com cannot delete a single tag",
      hint: "keep the tag with exclude, or delete it at the registry by hand",
    },
  },
  TAG_STALE: {
    meaning: "Another client changed the target tag after the plan was made. imgsync left the tag alone.",
    causes: [
      "another run or another person pushed the tag in the meantime",
      "a saved plan was applied long after it was made",
      "for `pull`: the tag moved during the pull, and the machine has the new image",
    ],
    advice: ["plan again, and review what changed", "let only one run at a time write to a repository"],
    example: {
      side: "target",
      reference: "registry.example.com/team/app:1.2",
      message:
        "the tag points at sha256:fcde2b2edba56bf408601fb721fe9b5c338d10ee429ea04fae5511b68fbf8fb9 now, which is not what the plan saw (nothing)",
      hint: "another client changed it; plan again",
    },
  },
};
