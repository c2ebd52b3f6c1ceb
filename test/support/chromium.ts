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

/** A real headless browser with its own profile, which is removed when it stops. */
export type Chromium = { readonly open: (url: string) => Promise<Page>; readonly stop: () => Promise<void> };

/** Shares one browser between all tests of a file, each with its own pages. Call once per file, at its top level. */
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
  // the sandbox does not run as root, as the tests do in CI; the pages are trusted
  "--no-sandbox",
  "--disable-gpu",
  "--disable-dev-shm-usage",
  // only the page may use the network
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
  // uses descriptors 3 and 4 instead of a port, so that the browser always ends with this process
  "--remote-debugging-pipe",
];

/** Starts chromium, which the test has required with requirePrograms. */
export async function startChromium(): Promise<Chromium> {
  const profile = await mkdtemp(join(tmpdir(), "imgsync-chromium-"));
  const child = spawn(findProgram("chromium") ?? "chromium", [...FLAGS, `--user-data-dir=${profile}`, "about:blank"], {
    // the files besides its profile are removed with it too
    env: { PATH: process.env["PATH"] ?? "", HOME: profile, TMPDIR: profile },
    stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"],
    // its children are killed with their process group
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
    // waits until the browser answers
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
    // the group has exited
  }
}
