import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { type CommandLine, type Enter, stay } from "./named-hosts.ts";
import { findProgram, runProgram } from "./programs.ts";

export type Containerd = {
  /** `unix:///…` for CONTAINER_RUNTIME_ENDPOINT. */
  readonly endpoint: string;
  /** Where the crictl is that belongs to it, for the PATH. */
  readonly crictlFolder: string;
  /** Runs crictl against it; what it printed. Throws with what it said where it failed. */
  readonly crictl: (...args: readonly string[]) => Promise<string>;
  /** Every NAME:TAG and NAME@DIGEST of every image. */
  readonly names: () => Promise<readonly string[]>;
  /** Lets it speak plain http to a registry, or to another in its place. */
  readonly allowPlainHttp: (host: string, mirror?: string) => Promise<void>;
  /** Ends the daemon and removes what it stored. */
  readonly stop: () => Promise<void>;
};

const START_MILLISECONDS = 60_000;
const STOP_MILLISECONDS = 15_000;
const POLL_MILLISECONDS = 50;

export type ContainerdOptions = {
  /** Where names lead elsewhere than on this machine. */
  readonly enter?: Enter;
  readonly environment?: Readonly<Record<string, string>>;
};

/** The real containerd with its CRI plugin, and everything it has in a temporary folder. Wants to be root. */
export async function startContainerd({ enter = stay, environment = {} }: ContainerdOptions = {}): Promise<Containerd> {
  const [program, crictlFile] = [findProgram("containerd"), findProgram("crictl")];
  if (program === undefined || crictlFile === undefined) throw new Error("containerd and crictl are needed");
  const folder = await mkdtemp(join(tmpdir(), "imgsync-containerd-"));
  const endpoint = `unix://${join(folder, "containerd.sock")}`;
  await writeFile(join(folder, "config.toml"), configuration(folder));
  const command = enter([program, "--config", join(folder, "config.toml")]);
  const daemon = launch(command, { HOME: folder, ...environment });
  const stop = async (): Promise<void> => {
    await end(daemon);
    await rm(folder, { recursive: true, force: true });
  };
  const run = (...args: readonly string[]) =>
    runProgram(crictlFile, args, { env: { CONTAINER_RUNTIME_ENDPOINT: endpoint } });
  const deadline = performance.now() + START_MILLISECONDS;
  while ((await run("version")).code !== 0) {
    if (daemon.isAlive() && performance.now() < deadline) {
      await sleep(POLL_MILLISECONDS);
      continue;
    }
    await stop();
    throw new Error(`containerd did not start:\n${daemon.log()}`);
  }
  const crictl = async (...args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await run(...args);
    if (code !== 0) throw new Error(`crictl ${args.join(" ")}: ${stderr.trim()}`);
    return Buffer.from(stdout).toString("utf8").trim();
  };
  return {
    endpoint,
    crictlFolder: join(crictlFile, ".."),
    crictl,
    names: async () => {
      // what crictl images -o json prints
      const { images } = JSON.parse(await crictl("images", "-o", "json")) as {
        readonly images: readonly { readonly repoTags: string[]; readonly repoDigests: string[] }[];
      };
      return images.flatMap(({ repoTags, repoDigests }) => repoTags.concat(repoDigests)).toSorted();
    },
    allowPlainHttp: async (host, mirror = host) => {
      const place = join(folder, "certs.d", host);
      await mkdir(place, { recursive: true });
      const lines = [`server = "http://${host}"`, `[host."http://${mirror}"]`, `capabilities = ["pull", "resolve"]`];
      await writeFile(join(place, "hosts.toml"), `${lines.join("\n")}\n`);
    },
    stop,
  };
}

/** No network plugins and no snapshotter that needs the kernel's help: runs in most containers too. */
function configuration(folder: string): string {
  const path = (name: string): string => JSON.stringify(join(folder, name));
  const cri = `plugins."io.containerd.grpc.v1.cri"`;
  return `version = 2
root = ${path("root")}
state = ${path("state")}
[grpc]
address = ${path("containerd.sock")}
[ttrpc]
address = ${path("containerd.sock.ttrpc")}
[plugins."io.containerd.internal.v1.opt"]
path = ${path("opt")}
[${cri}]
disable_tcp_service = true
[${cri}.containerd]
snapshotter = "native"
[${cri}.registry]
config_path = ${path("certs.d")}
`;
}

type Daemon = {
  readonly child: ChildProcess;
  readonly exited: Promise<void>;
  readonly isAlive: () => boolean;
  readonly log: () => string;
};

function launch([program, ...args]: CommandLine, environment: Readonly<Record<string, string>>): Daemon {
  const child = spawn(program, args, {
    stdio: ["ignore", "ignore", "pipe"],
    env: { PATH: process.env["PATH"] ?? "", ...environment },
  });
  const kill = (): void => void child.kill("SIGTERM");
  process.once("exit", kill);
  let isAlive = true;
  let log = "";
  child.stderr?.on("data", (chunk: Uint8Array) => (log = (log + Buffer.from(chunk).toString("utf8")).slice(-4000)));
  const exited = new Promise<void>((resolve) => {
    const settle = (): void => {
      isAlive = false;
      process.off("exit", kill);
      resolve();
    };
    child.once("exit", settle);
    child.once("error", settle);
  });
  return { child, exited, isAlive: () => isAlive, log: () => log };
}

/** What will not end is killed. */
async function end({ child, exited, isAlive }: Daemon): Promise<void> {
  if (!isAlive()) return;
  child.kill("SIGTERM");
  const patience = new AbortController();
  const late = sleep(STOP_MILLISECONDS, "late", { signal: patience.signal }).catch(() => "ended");
  const first = await Promise.race([exited, late]);
  patience.abort();
  // not child.kill: Deno delivers only the first signal that way
  if (first === "late" && child.pid !== undefined && isAlive()) process.kill(child.pid, "SIGKILL");
  await exited;
}
