import { homedir, tmpdir } from "node:os";
import type { World } from "../../app/session/world.ts";
import type { Context } from "./context.ts";
import { defined } from "../../model/defined.ts";

/** Everything the core gets from this process. */
export function worldOf({ environment, interruption, trace }: Context): World {
  return {
    environment,
    cwd: process.cwd(),
    home: homedir(),
    userId: process.getuid?.(),
    temporaryFolder: tmpdir(),
    signal: interruption.signal,
    ...defined({ trace }),
  };
}
