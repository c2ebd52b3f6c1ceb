import { ConfigError } from "../../../src/settings/config-problem.ts";
import { loadSettings } from "../../../src/settings/config.ts";

/** Prints from its own process, so that everything that was started has finished when it exits. */
const print = (value: unknown): void => void process.stdout.write(JSON.stringify(value));

try {
  const { settings, warnings } = await loadSettings({
    flags: {},
    environment: {},
    cwd: process.cwd(),
    home: process.env["HOME"],
  });
  print({ concurrency: settings.concurrency, warnings, problems: [] });
} catch (thrown) {
  if (!(thrown instanceof ConfigError)) throw thrown;
  print({ warnings: [], problems: thrown.problems });
}
