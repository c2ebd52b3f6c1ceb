import process from "node:process";

/** Whether the process runs. True if unknown, as what belongs to a running process must not be touched. */
export function isAlive(id: number): boolean {
  try {
    process.kill(id, 0);
    return true;
  } catch (thrown) {
    return !(thrown instanceof Error && "code" in thrown && thrown.code === "ESRCH");
  }
}
