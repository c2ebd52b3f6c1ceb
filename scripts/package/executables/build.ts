import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { nodeBinary, type Platform, PLATFORMS } from "./node-binary.ts";
import { signMachO } from "./sign-mach-o.ts";

/** An executable for one platform. */
export type Executable = { readonly platform: Platform; readonly name: string; readonly bytes: Uint8Array };

/**
 * Puts the program into the Node.js of a platform with Node's own tool (`node --build-sea`, nodejs.org/api/single-executable-applications).
 * It works for all platforms on any of them, because the program is text and not code of a processor.
 */
export async function buildExecutable(platform: Platform, code: string): Promise<Executable> {
  const folder = await mkdtemp(join(tmpdir(), "imgsync-executable-"));
  try {
    const config = {
      // relative, because it becomes a part of the executable, and the folder has another name every time
      main: "imgsync.mjs",
      mainFormat: "module",
      executable: (await nodeBinary(platform)).program,
      output: "output",
      disableExperimentalSEAWarning: true,
    };
    await writeFile(join(folder, config.main), code);
    await writeFile(join(folder, "config.json"), JSON.stringify(config));
    const { program } = await nodeBinary(platformHere());
    await promisify(execFile)(program, ["--build-sea", "config.json"], { cwd: folder });
    const built = await readFile(join(folder, config.output));
    return {
      platform,
      name: platform.startsWith("win-") ? "imgsync.exe" : "imgsync",
      bytes: platform.startsWith("darwin-") ? signMachO(built, "imgsync") : built,
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** @throws on a system for which there is no executable, which can build none either */
export function platformHere(): Platform {
  const name = `${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;
  const found = PLATFORMS.find((platform) => platform === name);
  if (found === undefined) throw new Error(`executables cannot be built on ${name}`);
  return found;
}
