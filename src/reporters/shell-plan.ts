import { type Change, type EntryFailure, isMoving, type Plan, writesBackup } from "../model/plan.ts";
import { isLayout } from "../model/layout-name.ts";
import { formatPlatform } from "../model/platform.ts";
import { formatReference, isDigestTag } from "../model/reference.ts";
import {
  describeBlock,
  describeError,
  describeHeld,
  describePositions,
  describeSource,
  describeTarget,
} from "./words/change-text.ts";
import { forTerminal } from "../text/sanitize.ts";
import { comment, quote } from "./shell-words.ts";

const HEADER = `#!/bin/sh
# This plan as docker commands, for reading and for machines that only have docker:
# docker rewrites manifests, so digests change, and it copies one platform only, without signatures. Nothing here
# checks whether a target tag has moved since the plan was made.
set -eu
`;

/** Renders the plan as a shell script of docker commands. Whatever docker cannot or must not do is a comment. */
export function renderShellPlan({ changes, failures = [] }: Plan): string {
  const shown = changes.filter(({ action }) => action !== "none");
  if (shown.length + failures.length === 0) return `${HEADER}\n# nothing to do\n`;
  return [HEADER, ...shown.map(renderChange), ...failures.map(renderFailure)].join("\n");
}

function renderChange(change: Change): string {
  const target = describeTarget(change, comment);
  if (!isMoving(change)) return `# ${change.action} ${target}: ${why(change)}\n`;
  if (change.action === "delete") return `# delete ${target}: docker cannot remove a tag from a registry\n`;
  if (change.action === "attach") {
    return `# attach ${target}: docker cannot copy what refers to an image, such as signatures\n`;
  }
  if (concernsLayout(change)) return `# ${change.action} ${target}: docker can neither read nor write an OCI layout\n`;
  if (isDigestTag(change.target.tag))
    return `# ${change.action} ${target}: docker cannot push an image without a tag\n`;
  return copy(change, target);
}

function concernsLayout({ source, target }: Change): boolean {
  return isLayout(target.repository) || (source.kind === "registry" && isLayout(source.reference.repository));
}

function renderFailure({ positions, error }: EntryFailure): string {
  return `# error ${describePositions(positions, comment)}: ${describeError(error, comment)}
`;
}

function copy(change: Change, target: string): string {
  const source = sourceOf(change);
  if (source !== forTerminal(source, source.length)) {
    return `# ${change.action} ${target}: the name of the source image has characters that no image name has\n`;
  }
  const tag = quote(formatReference(change.target));
  const pull = change.source.kind === "registry" ? [`docker pull${platformOf(change)} -- ${quote(source)}`] : [];
  return [
    ...backUp(change),
    `# ${change.action} ${target} from ${describeSource(change.source, comment)}`,
    ...pull,
    `docker tag -- ${quote(source)} ${tag}`,
    `docker push -- ${tag}`,
    "",
  ].join("\n");
}

/** Limited by docker: of an index, only the platform of this machine is backed up. */
function backUp(change: Change): readonly string[] {
  const { backup, observed, target } = change;
  if (backup === undefined || !observed || !writesBackup(change)) return [];
  const { repository } = target;
  const image = quote(formatReference({ repository, digest: observed }));
  const tag = quote(formatReference({ repository, tag: backup.tag }));
  return [
    `# backup of ${describeTarget(change, comment)}`,
    `docker pull -- ${image}`,
    `docker tag -- ${image} ${tag}`,
    `docker push -- ${tag}`,
  ];
}

function sourceOf({ source, sourceDigest, wanted }: Change): string {
  if (source.kind === "docker-daemon") return source.image;
  const { repository, digest } = source.reference;
  const exact = sourceDigest ?? digest ?? wanted;
  return formatReference(exact === undefined ? source.reference : { repository, digest: exact });
}

function platformOf({ platforms }: Change): string {
  const [platform, ...others] = platforms === "all" ? [] : platforms;
  return platform === undefined || others.length > 0 ? "" : ` --platform ${quote(formatPlatform(platform))}`;
}

function why({ action, block, error, held, notes }: Change): string {
  if (action === "missing") return notes.map(comment).join(", ");
  if (action === "held") return describeHeld({ ...(held && { held }) }).join(", ");
  if (action === "blocked") return describeBlock(block, comment);
  return error === undefined ? "unknown error" : describeError(error, comment);
}
