import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { findProgram } from "../../test/support/programs.ts";
import { tagCount } from "../sets/bench-set.ts";
import { type Job, PREFIX, type Tool } from "./tool.ts";

const run = promisify(execFile);

/** The peers on the PATH, each configured for the same job. */
export function findPeers(): readonly Tool[] {
  return [regsync(4), regsync(20), crane, oras, skopeo, ocync].filter(
    ({ name }) => findProgram(name.replace(/-\d+$/, "")) !== undefined,
  );
}

function regsync(parallel: number): Tool {
  return {
    name: `regsync-${parallel}`,
    version: () => versionOf("regsync", ["version", "--format", "{{.VCSTag}}"]),
    prepare: async (job) => {
      const { source, target, set } = job;
      const lines = [
        "version: 1",
        "creds:",
        // without reqConcurrent, regsync sends 3 requests to a host at a time, whatever `parallel` says
        ...[source, target].map(
          (registry) => `  - { registry: "${registry}", tls: disabled, reqConcurrent: ${parallel} }`,
        ),
        `defaults: { parallel: ${parallel}${hasAttached(job) ? ", digestTags: true, referrers: true" : ""} }`,
        "sync:",
        ...set.repositories.map(
          ({ name }) => `  - { source: ${source}/${name}, target: ${target}/${PREFIX}${name}, type: repository }`,
        ),
      ];
      return { file: "regsync", args: ["-c", await write(job, "regsync.yaml", lines), "once"] };
    },
  };
}

/** One process for each repository, one after the other: crane has no list of repositories. */
const crane: Tool = {
  name: "crane",
  version: () => versionOf("crane", ["version"]),
  prepare: async (job) => {
    const { source, target, set } = job;
    const lines = set.repositories.map(
      ({ name }) => `crane copy --insecure --all-tags ${source}/${name} ${target}/${PREFIX}${name}`,
    );
    return { file: "sh", args: [await write(job, "crane.sh", ["set -e", ...lines])] };
  },
};

const ORAS_TAGS = 40;

/** One process for each tag: oras copies one artifact. */
const oras: Tool = {
  name: "oras",
  version: () => versionOf("oras", ["version"]),
  isUnfit: ({ set }) => (tagCount(set) > ORAS_TAGS ? "copies one artifact at a time" : undefined),
  prepare: async (job) => {
    const { source, target, set } = job;
    const recursive = hasAttached(job) ? " -r" : "";
    const lines = set.repositories.flatMap(({ name, tags }) =>
      [...tags.keys()].map(
        (tag) =>
          `oras cp --no-tty --from-plain-http --to-plain-http${recursive} ${source}/${name}:${tag} ${target}/${PREFIX}${name}:${tag}`,
      ),
    );
    return { file: "sh", args: [await write(job, "oras.sh", ["set -e", ...lines])] };
  },
};

const skopeo: Tool = {
  name: "skopeo",
  isUnfit: ({ road }) => (road.kind === "direct" ? undefined : "copies one image at a time, which takes minutes here"),
  version: () => versionOf("skopeo", ["--version"]),
  prepare: async (job) => {
    const { source, target, set } = job;
    // without a list, all tags, and with them the signatures
    const lines = [
      `${source}:`,
      "  tls-verify: false",
      "  images:",
      ...set.repositories.map(
        ({ name, tags }) => `    ${name}: [${hasAttached(job) ? "" : [...tags.keys()].join(", ")}]`,
      ),
    ];
    const options = [
      "--all",
      "--preserve-digests",
      "--scoped=false",
      "--src-tls-verify=false",
      "--dest-tls-verify=false",
    ];
    const from = ["--src", "yaml", "--dest", "docker", await write(job, "skopeo.yaml", lines)];
    return {
      file: "skopeo",
      args: ["--insecure-policy", "sync", ...options, ...from, `${target}/${PREFIX.slice(0, -1)}`],
    };
  },
};

const ocync: Tool = {
  name: "ocync",
  version: () => versionOf("ocync", ["version"]),
  prepare: async (job) => {
    const { source, target, set } = job;
    const lines = [
      "registries:",
      // a token that the registries ignore: ocync asks for anonymous ones over https
      `  source: { url: "http://${source}", auth_type: static_token, token: none }`,
      `  target: { url: "http://${target}", auth_type: static_token, token: none }`,
      'defaults: { source: source, targets: target, tags: { glob: "*" } }',
      "mappings:",
      ...set.repositories.map(({ name }) => `  - { from: ${name}, to: ${PREFIX}${name} }`),
    ];
    return { file: "ocync", args: ["sync", "-c", await write(job, "ocync.yaml", lines)] };
  },
};

function hasAttached({ set }: Pick<Job, "set">): boolean {
  return set.repositories.some(({ attached = [] }) => attached.length > 0);
}

async function write({ folder }: Job, name: string, lines: readonly string[]): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, `${lines.join("\n")}\n`);
  return file;
}

/** Returns the first version number that the program prints. */
async function versionOf(program: string, args: readonly string[]): Promise<string> {
  try {
    const { stdout } = await run(program, args);
    return /\d+\.\d+\.\d+\S*/.exec(stdout)?.[0] ?? "unknown";
  } catch {
    return "unknown";
  }
}
