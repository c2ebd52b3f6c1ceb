import { afterEach } from "node:test";

type Undo = () => unknown;

/**
 * Returns a function that registers work to do after each test, last first. Call once at the top of a test file. It replaces
 * `t.after`, which Deno does not call for tests inside a `describe`.
 */
export function cleanUpAfterEach(): (undo: Undo) => void {
  const undos: Undo[] = [];
  afterEach(async () => {
    for (const undo of undos.splice(0).toReversed()) await undo();
  });
  return (undo) => void undos.push(undo);
}
