import { afterEach } from "node:test";

type Undo = () => unknown;

/**
 * Called once at the top of a test file; what is handed to the answer is undone after each test, last first. In place of
 * `t.after`, which Deno does not call for tests inside a `describe`.
 */
export function cleanUpAfterEach(): (undo: Undo) => void {
  const undos: Undo[] = [];
  afterEach(async () => {
    for (const undo of undos.splice(0).toReversed()) await undo();
  });
  return (undo) => void undos.push(undo);
}
