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
      "the tag was deleted upstream, or what no tag points at was cleaned up",
      "the credentials may not read it: many registries then say that it is not there",
    ],
    advice: [
      "check the reference, and whether `docker pull` gets it",
      "pin another digest, or drop the tag from the manifest",
    ],
    example: {
      side: "source",
      reference: "docker.io/library/nginx:1.72",
      message: 'there is no "docker.io/library/nginx:1.72"',
      hint: "check the name and the tag; a registry may also say so where the credentials may not read it",
    },
  },
  TARGET_NOT_FOUND: {
    meaning: "The target repository or tag is not there and does not come into being by itself.",
    causes: [
      "Artifact Registry, ECR, Harbor and others want the repository or project to be created first",
      "`pull`: the tag was not made yet",
    ],
    advice: [
      "create it with the registry's own tools (for Artifact Registry and ECR the hint has the command), then run again",
      "before `pull`: `imgsync apply`",
    ],
    example: {
      side: "target",
      reference: "registry.example.com/team/app:1.2",
      message: "registry.example.com answered 404 to POST upload: NAME_UNKNOWN: repository name not known to registry",
      hint: "it does not come into being by a push: create the repository or project first",
    },
  },
  CONTENT_MISSING: {
    meaning: "An image names a part (a manifest or blob) that its registry does not have.",
    causes: ["the push of that image was not complete", "a clean-up of the registry removed too much"],
    advice: [
      "push the image again at the source",
      "choose the platforms that are complete: `platforms: [linux/amd64]`",
      "where the target is incomplete: `imgsync apply --repair`",
    ],
    example: {
      side: "source",
      reference: "registry.example.com/team/app",
      message:
        'registry.example.com has no blob "sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae", although a manifest there names it',
      hint: "the image at the source is incomplete: push it there again",
    },
  },
  CONTENT_MISMATCH: {
    meaning: "Bytes arrived that are not those that their digest names. They were not passed on.",
    causes: [
      "a proxy or cache on the way changes or mixes up answers",
      "the registry's storage is damaged",
      "`pull`: a mirror that the container runtime uses has an older image under the tag",
      "somebody interferes",
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
      hint: "the registry or something on the way to it is broken or hostile",
    },
  },
  CONTENT_REFUSED: {
    meaning: "The source has something that is not copied because it is malformed or not an image.",
    causes: ["a manifest of the outdated schema 1", "a manifest that is no JSON, or whose parts contradict each other"],
    advice: ["build and push the image again with a current tool"],
    example: {
      side: "source",
      reference: "registry.example.com/team/app:1.2",
      message: "registry.example.com sent a manifest with an encoding that was not asked for",
    },
  },
  LIMIT_EXCEEDED: {
    meaning: "An answer is larger than anything that a registry should send.",
    causes: [
      "a manifest of more than 4 MiB",
      "an image of more than 1,000 layers, or with indexes nested more than 4 levels deep",
      "a tag list of more than 1,000,000 tags",
      "a hostile or broken registry",
    ],
    advice: ["check the reference", "name tags one by one where the repository has too many to list"],
    example: {
      side: "source",
      reference: "registry.example.com/team/app:1.2",
      message: "the answer to GET manifest is larger than 4194304 bytes",
    },
  },
  PIN_MOVED: {
    meaning: "A tag that the manifest pins to a digest points at another one at the source.",
    causes: ["somebody upstream pushed the tag again", "the digest in the manifest is a mistake"],
    advice: ["look at what changed upstream", "then pin the new digest, or keep the old one without the tag"],
    example: {
      side: "source",
      reference: "docker.io/library/nginx:1.26.2",
      message:
        'the tag "1.26.2" points at sha256:fcde2b2edba56bf408601fb721fe9b5c338d10ee429ea04fae5511b68fbf8fb9 now, it is pinned to sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae',
      hint: "look at what changed upstream, then pin the new digest, or the old one without the tag",
    },
  },
  PLATFORM_MISSING: {
    meaning: "A platform that the manifest wishes is not in the source image.",
    causes: [
      "upstream stopped building it, or never did",
      "`platforms` is set for an image of one platform, which is no index",
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
      "`exclude` takes all of them away",
      "two-part tags such as `1.27` need `loose: true`",
    ],
    advice: ["compare the pattern with the tags that are there", "say `optional: true` where no match is fine"],
    example: {
      side: "source",
      reference: "docker.io/library/nginx",
      message: "the selector matches no tag",
      hint: "the repository has 250 tags, none of which matches; if that is fine, say optional: true",
    },
  },
  TARGET_CONFLICT: {
    meaning: "Two parts of the manifest get in each other's way at one tag.",
    causes: [
      "two selectors bring different images to the same target tag",
      "an entry reads from a tag that another one writes",
    ],
    advice: ["let only one of them write the tag, for example with `exclude`", "copy both from the first source"],
    example: {
      side: "target",
      reference: "registry.example.com/team/app:stable",
      message: "images.yaml:6:9 and images.yaml:12:9 wish different images for the same tag",
      hint: "let only one of them write this tag, for example with exclude",
    },
  },
  DATE_UNKNOWN: {
    meaning: "Nobody can tell when an image was made, and the manifest needs to know.",
    causes: [
      "the image was built to be alike each time, and says 1970 or 1980 (ko, Bazel, Nix, buildpacks)",
      "it is an artifact and no image, such as a Helm chart",
    ],
    advice: [
      "name tags with `{digest:8}` alone",
      "for `minAge`: leave the image out with `exclude`, or give it an entry of its own with `minAge: 0h`",
      "build the image with its date, where it is yours",
    ],
    example: {
      side: "source",
      reference: "docker.io/library/app@sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
      message: 'the image does not say when it was made, which {date} in "stable-{date}" needs',
      hint: "use {digest:8} alone, or build the image with its date",
    },
  },
  TAG_IMMUTABLE: {
    meaning: "The target tag exists with other content and must not move.",
    causes: [
      "an `immutable` rule of the manifest covers it",
      "the registry has immutable tags switched on",
      "another client wrote the tag at the same time as this run: the error names both images",
    ],
    advice: ["wish for the image under a new tag", "`--skip-blocked` applies everything else and still exits 3"],
    example: {
      side: "target",
      reference: "registry.example.com/team/app:1.2",
      message: "Harbor refuses to move the tag: configured as immutable",
      hint: "the tag points at sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae; wish for it under a new tag",
    },
  },
  TAG_SHARED: {
    meaning:
      "The tag is to be deleted, but its registry deletes whole images only, and something that stays needs the image.",
    causes: [
      "another tag that stays, or came since the plan, points at the same image",
      "an index that stays has the image as one of its platforms",
      "the registry cannot delete a single tag, such as docker-registry before version 3",
    ],
    advice: ["let the tag stay: leave it out of the selector with `exclude`", "let the other tag go too, or move on"],
    example: {
      side: "target",
      reference: "registry.example.com/team/app:1.2",
      message: "it shares its digest with stable, and registry.example.com cannot delete a single tag",
      hint: "let the tag stay with exclude, or delete it at the registry by hand",
    },
  },
  TAG_STALE: {
    meaning: "Somebody else changed the target tag after the plan had looked at it, so it was left alone.",
    causes: [
      "another run or a person pushed the tag meanwhile",
      "a saved plan was applied long after it was made",
      "`pull`: the tag moved during the pull; the machine has the new image",
    ],
    advice: ["plan again and look at what has changed", "let only one run at a time write to a repository"],
    example: {
      side: "target",
      reference: "registry.example.com/team/app:1.2",
      message:
        "the tag points at sha256:fcde2b2edba56bf408601fb721fe9b5c338d10ee429ea04fae5511b68fbf8fb9 now, which is not what the plan saw (nothing)",
      hint: "somebody else changed it; plan again",
    },
  },
};
