import { realpath } from "node:fs/promises";
import { relative, sep } from "node:path";
import type { GitRevision } from "../model/provenance.ts";
import { type Exec, ProgramError } from "../programs/exec.ts";
import { createGit, parseTree } from "./git.ts";

/**
 * Returns the commit of the checkout that a folder is in, and whether these files differ from it. Undefined if that is not known: without
 * git, outside of a repository, before the first commit, or if git does not trust the folder. Runs no hook or filter of the repository.
 * @throws AbortError
 */
export async function findRevision(
  exec: Exec,
  {
    folder,
    files,
    signal,
  }: { readonly folder: string; readonly files: readonly string[]; readonly signal: AbortSignal },
): Promise<GitRevision | undefined> {
  const git = createGit(exec, { folder, signal });
  try {
    const found = await git("rev-parse", "--show-toplevel", "HEAD^{commit}");
    const [root, commit] = found.stdout.split("\n");
    if (found.exitCode !== 0 || root === undefined || commit === undefined) return undefined;
    const real = [...new Set(await Promise.all(files.map((file) => realpath(file))))];
    const paths = real.map((file) => relative(root, file).split(sep).join("/"));
    const listed = await git("ls-tree", "-z", "--full-tree", commit, "--", ...paths);
    const hashed = await createGit(exec, { folder, signal, input: real.join("\n") })(
      "hash-object",
      "--no-filters",
      "--stdin-paths",
    );
    if (listed.exitCode !== 0 || hashed.exitCode !== 0) return undefined;
    const committed = new Map(parseTree(listed.stdout).map(({ path, object }) => [path, object]));
    const objects = hashed.stdout.trimEnd().split("\n");
    return { commit, isChanged: paths.some((path, at) => committed.get(path) !== objects[at]) };
  } catch (thrown) {
    if (thrown instanceof ProgramError) return undefined;
    throw thrown;
  }
}
