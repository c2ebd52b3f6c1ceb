import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, realpath, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { type Container, environmentOf, expand, type Pod } from "./pod.ts";

/** One process of a container. */
export type ContainerProcess = {
  readonly startedAt: Date;
  /** Lines of stdout and stderr with the time at which they arrived. */
  readonly lines: readonly LogLine[];
  readonly signal: (name: "SIGTERM" | "SIGKILL") => void;
  readonly ended: Promise<{ readonly exitCode: number }>;
};

export type LogLine = { readonly at: number; readonly text: string };

export type ContainerPlace = {
  /** For the container's file system and temporary files; empty. */
  readonly folder: string;
  /** The folder of each volume, by its name. */
  readonly volumes: ReadonlyMap<string, string>;
  readonly port: number;
};

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const INSIDE = "/imgsync";

/**
 * Makes a root of this machine's folders, with a /tmp and a /run of its own and each volume at its path, in a mount namespace that ends with
 * the process. `$1`: the root; then pairs of FOLDER and PATH up to `--`; then the command.
 */
const SCRIPT = `
set -e
root=$1; shift
mount -t tmpfs tmpfs "$root"
for path in /*; do
  case $path in /tmp | /run) mkdir "$root$path"; continue;; esac
  if [ -L "$path" ]; then cp -P "$path" "$root$path"
  elif [ -d "$path" ]; then mkdir "$root$path"; mount --rbind "$path" "$root$path"
  fi
done
chmod 1777 "$root/tmp"
while [ "$1" != -- ]; do
  mkdir -p "$root$2"
  mount --bind "$1" "$root$2"
  shift 2
done
shift
exec chroot "$root" "$@"
`;

/** Starts the command of a container. The image is not used: `imgsync` is that of this checkout. */
export async function startContainer(
  pod: Pod,
  container: Container,
  { folder, volumes, port }: ContainerPlace,
): Promise<ContainerProcess> {
  const root = join(folder, "root");
  const bin = join(folder, "bin");
  await mkdir(root, { recursive: true });
  await mkdir(bin, { recursive: true });
  await writeFile(
    join(bin, "imgsync"),
    `#!/bin/sh\nexec ${INSIDE}/runtime/${basename(process.execPath)} ${INSIDE}/checkout/bin/imgsync.js "$@"\n`,
    { mode: 0o755 },
  );
  const own = environmentOf(pod, container);
  const variables = new Map(Object.entries(own));
  const command = [...(container.command ?? []), ...(container.args ?? [])].map((word) => expand(word, variables));
  const mounts = [
    [ROOT, join(INSIDE, "checkout")],
    [bin, join(INSIDE, "bin")],
    // a volume may hide the folders in which these are
    [dirname(process.execPath), join(INSIDE, "runtime")],
    [await realpath(join(ROOT, "node_modules")), join(INSIDE, "node_modules")],
    ...(container.volumeMounts ?? []).map(({ name, mountPath }) => [volumes.get(name) ?? "", mountPath]),
  ].flatMap(([from = "", to = ""]) => [from, to.replace(/^\/var\/run\//, "/run/")]);
  const isRoot = process.getuid?.() === 0;
  const enter = ["--mount", ...(isRoot ? [] : ["--map-root-user"]), "sh", "-c", SCRIPT, "sh", root];
  const child = spawn("unshare", [...enter, ...mounts, "--", ...command], {
    // its own process group, so that its children end with it
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      PATH: `${INSIDE}/bin:${process.env["PATH"] ?? ""}`,
      HOME: "/tmp",
      HOSTNAME: pod.metadata.name,
      KUBERNETES_SERVICE_HOST: "127.0.0.1",
      KUBERNETES_SERVICE_PORT: String(port),
      ...own,
    },
  });
  return follow(child);
}

function follow(child: ChildProcess): ContainerProcess {
  const lines: LogLine[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    let rest = "";
    stream?.setEncoding("utf8").on("data", (text: string) => {
      const parts = (rest + text).split("\n");
      rest = parts.pop() ?? "";
      for (const part of parts) lines.push({ at: Date.now(), text: part });
    });
    stream?.once("end", () => rest !== "" && lines.push({ at: Date.now(), text: rest }));
  }
  const signal = (name: "SIGTERM" | "SIGKILL"): void => {
    try {
      if (child.pid !== undefined) process.kill(name === "SIGKILL" ? -child.pid : child.pid, name);
    } catch {
      // it has already ended
    }
  };
  const kill = (): void => signal("SIGKILL");
  process.once("exit", kill);
  const ended = new Promise<{ readonly exitCode: number }>((resolve) => {
    child.once("error", () => resolve({ exitCode: 127 }));
    // children of the process end with it, and do not keep its output open
    child.once("exit", kill);
    child.once("close", (code) => {
      process.off("exit", kill);
      // 128 + 9, as a container runtime reports a process that was killed
      resolve({ exitCode: code ?? 137 });
    });
  });
  return { startedAt: new Date(), lines, signal, ended };
}
