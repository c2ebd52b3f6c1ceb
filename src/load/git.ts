import type { Exec, ExecResult } from "../programs/exec.ts";
import { ImgsyncError } from "../model/error.ts";
import { defined } from "../model/defined.ts";
import { PARSE_LIMITS } from "../manifest/parse/parse-limits.ts";

export type TreeFile = { readonly path: string; readonly object: string; readonly isPlain: boolean };

/** One revision of the Git repository that contains a folder. Paths use slashes and are relative to the root of the repository. */
export type Revision = {
  /** Path from the root to the folder; empty for the root itself. */
  readonly folder: string;
  readonly list: () => Promise<readonly TreeFile[]>;
  readonly read: (file: TreeFile) => Promise<string>;
  /** Returns the former name of a file if Git detects a rename. */
  readonly oldNameOf: (path: string) => Promise<string | undefined>;
};

const TIMEOUT_MS = 60_000;
const MAX_LIST_BYTES = 64 * 1024 * 1024;

/**
 * A checkout must not be able to run or fetch anything: nested bare repositories are ignored, objects missing from a partial clone are not
 * fetched, and git never prompts for a password.
 */
const GUARDS = ["-c", "safe.bareRepository=explicit", "-c", "core.fsmonitor=false", "--literal-pathspecs"];
const ENVIRONMENT = {
  GIT_NO_LAZY_FETCH: "1",
  GIT_ALLOW_PROTOCOL: "none",
  GIT_TERMINAL_PROMPT: "0",
  GIT_OPTIONAL_LOCKS: "0",
  LC_ALL: "C",
};

export type Git = (...args: readonly string[]) => Promise<ExecResult>;

/** Returns a function that runs git in a folder. `input` goes to its stdin. */
export function createGit(
  exec: Exec,
  { folder, signal, input }: { readonly folder: string; readonly signal: AbortSignal; readonly input?: string },
): Git {
  return (...args) =>
    exec("git", [...GUARDS, "-C", folder, ...args], {
      timeoutMs: TIMEOUT_MS,
      signal,
      environment: ENVIRONMENT,
      maxOutputBytes: Math.max(MAX_LIST_BYTES, PARSE_LIMITS.bytes),
      ...defined({ input }),
    });
}

/**
 * Opens the merge base of this branch and `name`, so that later commits there do not count.
 * @throws ImgsyncError USAGE if there is no such revision or no repository, UNSUPPORTED without git
 */
export async function openRevision(
  exec: Exec,
  { name, folder, signal }: { readonly name: string; readonly folder: string; readonly signal: AbortSignal },
): Promise<Revision> {
  const git = createGit(exec, { folder, signal });
  // git would read it as an option
  if (name === "" || name.startsWith("-")) throw unknown(name, "a revision is a branch, a tag or a commit");
  const place = await git("rev-parse", "--show-prefix", "--is-shallow-repository");
  if (place.exitCode !== 0) throw noRepository(place.stderr);
  const [prefix = "", shallow] = place.stdout.split("\n");
  const hint =
    shallow === "true"
      ? "this clone is shallow: fetch more of its history, with fetch-depth: 0 or GIT_DEPTH: 0"
      : "fetch it first, or name another one";
  const found = await git("rev-parse", "--verify", "--quiet", `${name}^{commit}`);
  if (found.exitCode !== 0) throw unknown(name, hint);
  const base = await git("merge-base", found.stdout.trim(), "HEAD");
  if (base.exitCode !== 0) throw usage(`--since "${name}" has no commit in common with this branch`, hint);
  const commit = base.stdout.trim();
  return {
    folder: prefix.replace(/\/$/, ""),
    list: async () => parseTree(await ok(git("ls-tree", "-r", "-z", "--full-tree", commit))),
    read: async ({ object }) => ok(git("cat-file", "blob", object)),
    oldNameOf: async (path) => {
      const options = ["--no-ext-diff", "--no-textconv", "--find-renames", "--diff-filter=R", "--name-status", "-z"];
      const parts = (await ok(git("diff", ...options, commit, "HEAD", "--"))).split("\0");
      const at = parts.findIndex((part, index) => index % 3 === 2 && part === path);
      return at < 0 ? undefined : parts[at - 1];
    },
  };
}

async function ok(running: Promise<ExecResult>): Promise<string> {
  const { exitCode, stdout } = await running;
  if (exitCode === 0) return stdout;
  throw usage("git cannot read the older revision", "a partial clone lacks files of it: fetch them first");
}

/** `MODE TYPE OBJECT\tPATH`, each followed by NUL: git-ls-tree(1), "Output format". */
export function parseTree(text: string): readonly TreeFile[] {
  return text.split("\0").flatMap((line) => {
    const match = /^(\d+) blob ([0-9a-f]+)\t(.+)$/s.exec(line);
    const [, mode = "", object = "", path = ""] = match ?? [];
    return match === null ? [] : [{ path, object, isPlain: mode.startsWith("100") }];
  });
}

function noRepository(stderr: string): ImgsyncError {
  if (stderr.includes("dubious ownership")) {
    return usage("git does not trust this folder, which belongs to another user", "add it to git's safe.directory");
  }
  return usage("--since needs a Git repository, and this folder is not in one", "omit --since, or plan in a clone");
}

function unknown(name: string, hint: string): ImgsyncError {
  return usage(`--since "${name}" is not a revision of this repository`, hint);
}

function usage(message: string, hint: string): ImgsyncError {
  return new ImgsyncError({ code: "USAGE", message, hint });
}
