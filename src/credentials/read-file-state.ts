import { lstat, realpath } from "node:fs/promises";
import { readTextFile } from "../files/read-text-file.ts";
import { type FileState, REPLACED_BYTES } from "../files/replace-file.ts";
import { isDenied } from "../model/error.ts";
import type { NamedFile } from "./source/auth-file.ts";
import { credentialsFailed } from "./source/failure.ts";

/** Reads a credential file before it is replaced, following links. */
export async function readFileState(file: NamedFile): Promise<FileState> {
  const { name } = file;
  const path = await followLinks(file);
  const read = await readTextFile(path, REPLACED_BYTES);
  if (!("problem" in read)) return { name, path, text: read.text };
  if (read.isMissing) return { name, path, text: undefined };
  throw credentialsFailed(`${name} ${read.problem}`, { hint: "repair or remove it" });
}

async function followLinks(file: NamedFile): Promise<string> {
  try {
    return await realpath(file.path);
  } catch (thrown) {
    if (isDenied(thrown)) throw thrown;
    const link = await lstat(file.path).catch(() => undefined);
    if (link === undefined) return file.path;
    throw credentialsFailed(`${file.name} is a dangling link`, {
      hint: "create the file that it points at, or remove the link",
    });
  }
}
