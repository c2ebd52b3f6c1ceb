import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "./children.mjs";

/** The programs of test/kubernetes/control-plane, a Go module whose go.sum holds the sums of all its sources. */
export const PROGRAMS = ["etcd", "kube-apiserver", "kube-controller-manager"];

const SOURCES = ["go.mod", "go.sum", ...PROGRAMS.map((name) => `${name}/main.go`)];
const BUILD_MINUTES = 40;

/** Returns the folder of the built programs, which changes with their sources. */
export function folderOfControlPlane(root) {
  const hash = createHash("sha256");
  for (const name of SOURCES) hash.update(`${name}\n`).update(readFileSync(join(moduleIn(root), name)));
  return join(homedir(), ".cache", "imgsync-test", `kubernetes-${hash.digest("hex").slice(0, 12)}`);
}

/**
 * Builds the programs unless they are there. Go's build cache grows by 3 GB, so the build has one of its own, which is removed afterwards.
 * The folder appears only once it is complete. Returns the problem, or undefined.
 */
export async function buildControlPlane(root, say) {
  const target = folderOfControlPlane(root);
  if (existsSync(target)) return undefined;
  mkdirSync(join(target, ".."), { recursive: true });
  const folder = mkdtempSync(`${target}.new-`);
  const cache = mkdtempSync(join(tmpdir(), "imgsync-go-cache-"));
  try {
    for (const name of PROGRAMS) {
      const started = Date.now();
      const words = [
        "build",
        "-p",
        "2",
        "-mod=readonly",
        "-trimpath",
        "-ldflags=-s -w",
        "-o",
        join(folder, name),
        `./${name}`,
      ];
      const env = { GOCACHE: cache, GOFLAGS: "-buildvcs=false", GONOSUMDB: "*", CGO_ENABLED: "0" };
      const { code, output } = await run("go", words, { cwd: moduleIn(root), env, limitMinutes: BUILD_MINUTES });
      if (code !== 0) return `${name} cannot be built: ${output.split("\n").slice(-20).join("\n")}`;
      say(`built ${name} in ${((Date.now() - started) / 1000).toFixed(0)} s`);
    }
    renameSync(folder, target);
    return undefined;
  } finally {
    for (const path of [folder, cache]) rmSync(path, { recursive: true, force: true });
  }
}

function moduleIn(root) {
  return join(root, "test", "kubernetes", "control-plane");
}
