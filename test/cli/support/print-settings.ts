import { ConfigError } from "../../../src/settings/config-problem.ts";
import { loadSettings } from "../../../src/settings/config.ts";

/** Run in a process of its own, whose end means that nothing which was started is still to come. */
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
