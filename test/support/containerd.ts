import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startDaemon } from "./daemon.ts";
import { type Enter, stay } from "./named-hosts.ts";
import { findProgram, runProgram } from "./programs.ts";

export type Containerd = {
  /** `unix:///…` for CONTAINER_RUNTIME_ENDPOINT. */
  readonly endpoint: string;
  /** The folder of the crictl that belongs to it, for the PATH. */
  readonly crictlFolder: string;
  /** Runs crictl against it and returns its output. Throws its message if it fails. */
  readonly crictl: (...args: readonly string[]) => Promise<string>;
  /** Every NAME:TAG and NAME@DIGEST of every image. */
  readonly names: () => Promise<readonly string[]>;
  /** Allows plain http to a registry, or to a mirror of it. */
  readonly allowPlainHttp: (host: string, mirror?: string) => Promise<void>;
  /** Stops the daemon and removes its data. */
  readonly stop: () => Promise<void>;
};

export type ContainerdOptions = {
  /** Runs the daemon with other host names than this machine's. */
  readonly enter?: Enter;
  readonly environment?: Readonly<Record<string, string>>;
};

/** Starts the real containerd with its CRI plugin, with all its data in a temporary folder. Must run as root. */
export async function startContainerd({ enter = stay, environment = {} }: ContainerdOptions = {}): Promise<Containerd> {
  const [program, crictlFile] = [findProgram("containerd"), findProgram("crictl")];
  if (program === undefined || crictlFile === undefined) throw new Error("containerd and crictl are needed");
  const folder = await mkdtemp(join(tmpdir(), "imgsync-containerd-"));
  const endpoint = `unix://${join(folder, "containerd.sock")}`;
  await writeFile(join(folder, "config.toml"), configuration(folder));
  const command = enter([program, "--config", join(folder, "config.toml")]);
  const daemon = startDaemon(command, { HOME: folder, ...environment });
  const stop = async (): Promise<void> => {
    await daemon.end();
    await rm(folder, { recursive: true, force: true });
  };
  const run = (...args: readonly string[]) =>
    runProgram(crictlFile, args, { env: { CONTAINER_RUNTIME_ENDPOINT: endpoint } });
  if (!(await daemon.untilReady(async () => (await run("version")).code === 0))) {
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
      // the output of crictl images -o json
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

/** Has no network plugins and no snapshotter that needs kernel support, so that it runs in most containers too. */
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
