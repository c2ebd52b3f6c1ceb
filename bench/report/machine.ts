import { arch, cpus, loadavg, release, totalmem } from "node:os";

/** What the figures depend on. */
export function describeMachine(): string {
  const [all, first] = [cpus().length, cpus()[0]?.model ?? arch()];
  return `${all} cores (${first}), ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}, load average ${loadavg()[1]?.toFixed(1)} before it began`;
}
