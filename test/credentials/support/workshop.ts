import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createExec, type Exec } from "../../../src/programs/exec.ts";

/** A folder with programs and files that a test writes, and an exec that finds those programs first. */
export type Workshop = {
  readonly folder: string;
  readonly exec: Exec;
  readonly writeProgram: (name: string, body: string) => Promise<void>;
  readonly writeFile: (name: string, content: unknown) => Promise<string>;
  /** Lines that programs wrote with `echo … >> "$LOG"`. */
  readonly log: () => Promise<readonly string[]>;
  readonly remove: () => Promise<void>;
};

export async function openWorkshop(): Promise<Workshop> {
  const folder = await mkdtemp(join(tmpdir(), "imgsync-credentials-"));
  const log = join(folder, "log");
  const write = async (name: string, content: unknown): Promise<string> => {
    const file = join(folder, name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, typeof content === "string" ? content : JSON.stringify(content));
    return file;
  };
  return {
    folder,
    exec: createExec({ environment: { PATH: `${folder}/bin:/usr/bin:/bin`, LOG: log } }),
    writeFile: write,
    writeProgram: async (name, body) => {
      await chmod(await write(`bin/${name}`, `#!/bin/sh\n${body}\n`), 0o700);
    },
    log: async () => {
      const text = await readFile(log, "utf8").catch(() => "");
      return text.split("\n").filter((line) => line !== "");
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** The body of a credential helper that answers `get` and logs its requests. */
export function helperBody(answer: unknown): string {
  return `read -r server; echo "$1 $server" >> "$LOG"\nprintf '%s' '${JSON.stringify(answer)}'`;
}

export const NOT_FOUND_BODY =
  'read -r server; echo "$1 $server" >> "$LOG"; echo "credentials not found in native keychain"; exit 1';

export function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
