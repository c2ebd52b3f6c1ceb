/** Folders whose tests start programs or the command line, or do whole runs against registries. */
const SLOW_FOLDERS = new Set([
  "app",
  "cli",
  "copy",
  "credentials",
  "examples",
  "executor",
  "faults",
  "integration",
  "programs",
  "support",
]);

/** Files of other folders that start programs, and one that takes its time. */
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

/** Files directly in test/ are about the repository and the package, except this one. */
const ABOUT_SOURCES = "architecture.test.ts";

/**
 * Whether a test file, from the root, is part of `npm run test:unit`. A new folder is: no-programs.mjs makes its tests fail where they
 * start a program.
 */
export function isUnitTest(file) {
  const path = file.replaceAll("\\", "/").replace(/^test\//, "");
  if (!path.includes("/")) return path === ABOUT_SOURCES;
  return !SLOW_FILES.has(path) && !SLOW_FOLDERS.has(path.split("/")[0]);
}
