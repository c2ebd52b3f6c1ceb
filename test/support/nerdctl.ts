import { spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { findProgram, runProgram } from "./programs.ts";
import { tar } from "./tar.ts";

export type Nerdctl = {
  readonly program: string;
  /** Selects the containerd for nerdctl. */
  readonly environment: Readonly<Record<string, string>>;
  /** Runs it and returns its output. Throws its message if it fails. */
  readonly nerdctl: (...args: readonly string[]) => Promise<string>;
  readonly importImage: (name: string, content: string | Uint8Array) => Promise<void>;
  /** Stops the containerd and removes its data. */
  readonly stop: () => Promise<void>;
};

/** Plugins that need kernel support or a folder of the machine. */
const LEFT_OUT = ["grpc.v1.cri", "snapshotter.v1.btrfs", "snapshotter.v1.zfs", "snapshotter.v1.devmapper"];
const START_MILLISECONDS = 60_000;
const POLL_MILLISECONDS = 50;

/** Starts a containerd for the real nerdctl, with all its data in a temporary folder. Must run as root. */
export async function startNerdctl(): Promise<Nerdctl> {
  const folder = await mkdtemp(join(tmpdir(), "imgsync-nerdctl-"));
  const [containerd, program] = [findProgram("containerd"), findProgram("nerdctl")];
  if (containerd === undefined || program === undefined) throw new Error("containerd or nerdctl is not on the PATH");
  const socket = join(folder, "containerd.sock");
  const configuration = join(folder, "config.toml");
  const plugins = JSON.stringify(LEFT_OUT.map((name) => `io.containerd.${name}`));
  const places = `root = "${folder}/root"\nstate = "${folder}/state"\ndisabled_plugins = ${plugins}\n`;
  await writeFile(
    configuration,
    `version = 2\n${places}[grpc]\naddress = "${socket}"\n[ttrpc]\naddress = "${socket}.ttrpc"\n`,
  );
  const child = spawn(containerd, ["--config", configuration], { stdio: "ignore" });
  const kill = (): void => void child.kill("SIGTERM");
  process.once("exit", kill);
  const exited = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
    child.once("error", () => resolve());
  });
  const stop = async (): Promise<void> => {
    kill();
    await exited;
    process.off("exit", kill);
    await rm(folder, { recursive: true, force: true });
  };
  const environment = {
    CONTAINERD_ADDRESS: socket,
    CONTAINERD_SNAPSHOTTER: "native",
    HOME: folder,
    NERDCTL_TOML: join(folder, "nerdctl.toml"),
  };
  await mkdir(join(folder, "data"));
  await writeFile(environment.NERDCTL_TOML, `data_root = "${folder}/data"\n`);
  const deadline = performance.now() + START_MILLISECONDS;
  while ((await runProgram(program, ["images"], { env: environment })).code !== 0) {
    if (performance.now() > deadline) {
      await stop();
      throw new Error("containerd did not start");
    }
    await sleep(POLL_MILLISECONDS);
  }
  const nerdctl = async (...args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await runProgram(program, args, { env: environment });
    if (code !== 0) throw new Error(`nerdctl ${args.join(" ")}: ${stderr.trim()}`);
    return Buffer.from(stdout).toString("utf8").trim();
  };
  return {
    program,
    environment,
    nerdctl,
    importImage: async (name, content) => {
      const file = join(folder, "image.tar");
      await writeFile(file, tar({ content }));
      await nerdctl("image", "import", file, name);
    },
    stop,
  };
}
