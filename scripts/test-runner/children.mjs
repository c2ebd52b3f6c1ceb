import { spawn } from "node:child_process";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";

const PATIENCE_MILLISECONDS = 2000;
const running = new Set();
let isEnding = false;

/** Runs a program to its end in its own process group, so that an interrupt or time limit also ends its children. */
export function run(program, words, { cwd, env = {}, onOutput = () => {}, limitMinutes } = {}) {
  return new Promise((resolve) => {
    const child = spawn(program, words, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    running.add(child);
    let output = "";
    const end = () => {
      output += `killed after ${limitMinutes} minutes\n`;
      signal(child, "SIGKILL");
    };
    const timer = limitMinutes === undefined ? undefined : setTimeout(end, limitMinutes * 60_000);
    const take = (chunk) => {
      output += chunk;
      onOutput(chunk);
    };
    child.stdout.setEncoding("utf8").on("data", take);
    child.stderr.setEncoding("utf8").on("data", take);
    child.once("error", (error) => {
      running.delete(child);
      clearTimeout(timer);
      resolve({ code: 127, output: `${output}${error.message}\n` });
    });
    child.once("close", (code) => {
      running.delete(child);
      clearTimeout(timer);
      // The group may still contain processes of a test that was killed.
      signal(child, "SIGKILL");
      // After an interrupt, nothing that waits for a program may continue.
      if (!isEnding) resolve({ code: code ?? 1, output });
    });
  });
}

/** Ends all running programs, with SIGTERM before SIGKILL. */
export async function killAll() {
  isEnding = true;
  if (running.size === 0) return;
  const ended = Promise.all([...running].map((child) => new Promise((resolve) => child.once("close", resolve))));
  for (const child of running) signal(child, "SIGTERM");
  await Promise.race([ended, sleep(PATIENCE_MILLISECONDS)]);
  for (const child of running) signal(child, "SIGKILL");
}

function signal({ pid }, name) {
  try {
    if (pid !== undefined) process.kill(-pid, name);
  } catch {
    // The process has already exited.
  }
}
