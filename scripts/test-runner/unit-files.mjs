/** Folders with tests that start programs or the command line, or sync with registries. */
const SLOW_FOLDERS = new Set([
  "app",
  "cli",
  "copy",
  "credentials",
  "examples",
  "executor",
  "faults",
  "integration",
  "packages",
  "programs",
  "support",
]);

/** Files in other folders that start programs, and one that is slow. */
const SLOW_FILES = new Set([
  "files/read-text-file.test.ts",
  "http/proxies.test.ts",
  "manifest/parse/bounds.test.ts",
  "reporters/pull-script.test.ts",
  "reporters/shell-plan.test.ts",
  "settings/config-search.test.ts",
  "settings/registry-settings.test.ts",
  "stores/oci-layout/commands.test.ts",
]);

/** Files directly in test/ cover the repository and the package, except this one. */
const ABOUT_SOURCES = "architecture.test.ts";

/**
 * Whether a test file, relative to the root, is part of `npm run test:unit`. New folders are included by default: no-programs.mjs makes
 * their tests fail if they start a program.
 */
export function isUnitTest(file) {
  const path = file.replaceAll("\\", "/").replace(/^test\//, "");
  if (!path.includes("/")) return path === ABOUT_SOURCES;
  return !SLOW_FILES.has(path) && !SLOW_FOLDERS.has(path.split("/")[0]);
}
