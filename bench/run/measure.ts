import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import process from "node:process";

export type Command = { readonly file: string; readonly args: readonly string[] };

export type Measured = {
  readonly seconds: number;
  /** User and system time of the program and its children. */
  readonly cpuSeconds: number;
  /** The largest resident set of one of its processes. */
  readonly rssMib: number;
  readonly code: number | undefined;
  /** The end of what it printed. */
  readonly output: string;
};

export type MeasureOptions = {
  readonly environment: Readonly<Record<string, string>>;
  readonly folder: string;
  readonly timeoutMs: number;
};

const POLL_MS = 15;
const SHOWN_CHARACTERS = 2000;
/** USER_HZ, which Linux fixes for all programs. */
const TICKS_PER_SECOND = 100;

/** Runs a program to its end. It is ended, with its children, if it takes too long. */
export async function measure({ file, args }: Command, options: MeasureOptions): Promise<Measured> {
  const cpuBefore = childrenCpu();
  const start = performance.now();
  const child = spawn(file, args, {
    stdio: ["ignore", "pipe", "pipe"],
    cwd: options.folder,
    env: { PATH: process.env["PATH"] ?? "", HOME: options.folder, ...options.environment },
    detached: true,
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Uint8Array) => {
      output = (output + Buffer.from(chunk).toString("utf8")).slice(-SHOWN_CHARACTERS);
    });
  let rss = 0;
  const { pid } = child;
  const poll = setInterval(() => (rss = Math.max(rss, pid === undefined ? 0 : peakOf(pid))), POLL_MS);
  const limit = setTimeout(() => pid !== undefined && process.kill(-pid, "SIGKILL"), options.timeoutMs);
  try {
    const [code] = (await once(child, "exit")) as [number | null];
    const seconds = (performance.now() - start) / 1000;
    return { seconds, cpuSeconds: childrenCpu() - cpuBefore, rssMib: rss / 1024, code: code ?? undefined, output };
  } finally {
    clearInterval(poll);
    clearTimeout(limit);
  }
}

/** The CPU time of this process's children that have ended, with theirs: cutime and cstime, proc(5). */
function childrenCpu(): number {
  const stat = readFileSync("/proc/self/stat", "latin1");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[13]) + Number(fields[14])) / TICKS_PER_SECOND;
}

/** The largest VmHWM of a process and its descendants, in KiB. */
function peakOf(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "latin1");
    const own = Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0);
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "latin1").trim();
    return Math.max(own, ...children.split(" ").map((child) => (child === "" ? 0 : peakOf(Number(child)))));
  } catch {
    return 0;
  }
}
