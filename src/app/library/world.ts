import { tmpdir } from "node:os";
import { resolve } from "node:path";
import type { World } from "../session/world.ts";
import type { RunOptions } from "./options.ts";

/** A folder that does not exist, for callers that pass no HOME. */
const NO_HOME = "/nonexistent";

export function worldOf({ environment = {}, signal = new AbortController().signal }: RunOptions): World {
  return {
    environment,
    cwd: resolve("."),
    home: environment["HOME"] || environment["USERPROFILE"] || NO_HOME,
    userId: undefined,
    temporaryFolder: tmpdir(),
    signal,
  };
}
