import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable, Writable } from "node:stream";
import { after } from "node:test";
import { connectDevTools, type DevTools } from "./chromium/devtools.ts";
import { openPage, type Page } from "./chromium/page.ts";
import { cleanUpAfterEach } from "./clean-up.ts";
import { findProgram } from "./programs.ts";

/** A real browser without a window, with a profile of its own that goes when it stops. */
export type Chromium = { readonly open: (url: string) => Promise<Page>; readonly stop: () => Promise<void> };

/** One browser for all tests of a file, each with pages of its own. Call once per file, at its top level. */
export function shareChromium(): (url: string) => Promise<Page> {
  const cleanUp = cleanUpAfterEach();
  let chromium: Promise<Chromium> | undefined;
  after(async () => (await chromium)?.stop());
  return async (url) => {
    chromium ??= startChromium();
    const page = await (await chromium).open(url);
    cleanUp(page.close);
    return page;
  };
}

const STOP_MS = 5_000;
const FLAGS = [
  "--headless=new",
  // its sandbox refuses to run as root, as the tests do in CI; the pages are ours
  "--no-sandbox",
  "--disable-gpu",
  "--disable-dev-shm-usage",
  // nothing but the page may want the network
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
  // by descriptors 3 and 4: no port, and the browser ends where this process does, however it does
  "--remote-debugging-pipe",
];

/** Starts chromium; the test has asked for it with requirePrograms. */
export async function startChromium(): Promise<Chromium> {
  const profile = await mkdtemp(join(tmpdir(), "imgsync-chromium-"));
  const child = spawn(findProgram("chromium") ?? "chromium", [...FLAGS, `--user-data-dir=${profile}`, "about:blank"], {
    // what it keeps beside its profile goes with it too
    env: { PATH: process.env["PATH"] ?? "", HOME: profile, TMPDIR: profile },
    stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"],
    // it has children of its own, which end with their group
    detached: true,
  });
  const ended = once(child, "exit");
  const end = async (): Promise<void> => {
    kill(child);
    await ended;
    await rm(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  };
  try {
    const devTools = connect(child);
    // it answers once it runs
    await devTools.send("Browser.getVersion");
    return {
      open: (url) => openPage(devTools, url),
      stop: async () => {
        const timer = setTimeout(() => kill(child), STOP_MS);
        await devTools.send("Browser.close").catch(() => undefined);
        await ended.finally(() => clearTimeout(timer));
        await end();
      },
    };
  } catch (error) {
    await end();
    throw error;
  }
}

function connect({ stdio }: ChildProcess): DevTools {
  const [, , , input, output] = stdio;
  if (!(input instanceof Writable) || !(output instanceof Readable)) throw new Error("chromium has no pipes");
  return connectDevTools(input, output);
}

function kill({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // the group has ended
  }
}
