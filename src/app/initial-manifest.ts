import { IMAGES_SCHEMA_ADDRESS } from "../schema/generated/images-address.ts";

/** Written by `imgsync init`: a valid manifest whose comments show the other options. */
export const INITIAL_MANIFEST = `# yaml-language-server: $schema=${IMAGES_SCHEMA_ADDRESS}
#
# Declares which container image tags must exist, and where.
#   imgsync validate   checks this file, without a network
#   imgsync plan       shows what would change
#   imgsync apply      applies the changes

version: 1

# Tags that must never move once they exist. "*" matches within one path segment, "**" across segments.
immutable:
  - repositories: registry.example.com/mirror/**
    tags: ["v*", "*.*.*"]

images:
  # One tag. A target without a tag keeps the source's.
  - source: docker.io/library/alpine:3.22
    target: registry.example.com/mirror/alpine

  # Several tags of one repository. A tag is text, with or without quotes: 1.10 stays 1.10.
  - source: docker.io/library/nginx
    target: registry.example.com/mirror/nginx
    tags:
      - 1.28.0
      # Under other names:
      - { from: 1.28.0, to: [1.28, stable] }
      # The newest three versions in a range, and all tags that match a pattern:
      # - { semver: ">=1.26 <2", latest: 3 }
      # - { glob: "1.28.*-alpine", exclude: "*-perl" }

  # An image of the local docker daemon:
  # - source: docker-daemon:my-image:1.0.0
  #   target: registry.example.com/team/my-image

# Registry settings that differ from Docker's own configuration:
# registries:
#   europe-docker.pkg.dev:
#     auth: { gcloud: true }

# Defaults for all entries:
# defaults:
#   platforms: [linux/amd64, linux/arm64]
`;
