import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { skip } from "../../support/programs.ts";

/** The root of this repository. */
export const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

const manifest: Readonly<Record<"version", string>> = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
export const { version: VERSION } = manifest;

/** The platform of the executable that runs on this machine. */
export const HERE = `${process.platform}-${process.arch}`;

/**
 * Returns the folder with all packages, which the test runner builds. Without one the test is skipped with a reason; with `CI=true` it
 * fails. The test must return at once if the result is undefined.
 */
export function requirePackages(t: TestContext): string | undefined {
  const folder = process.env["IMGSYNC_TEST_PACKAGES"];
  if (folder !== undefined) return folder;
  const reason = "the packages were not built: run this test with npm test";
  if (process.env["CI"] === "true") throw new Error(reason);
  skip(t, reason);
  return undefined;
}
