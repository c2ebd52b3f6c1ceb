import { type Command, InvalidArgumentError, Option } from "commander";
import type { VariableSource } from "../../load/variable-files.ts";
import type { ConfigFlags } from "../../settings/config-arguments.ts";
import { DEFAULT_CONCURRENCY } from "../../settings/settings.ts";
import { collect, repeatableOption } from "./repeatable.ts";
import { LOG_FORMATS, LOG_LEVELS } from "./trace.ts";

/** Flags of every command that reads a manifest. */
export type ManifestFlags = {
  readonly file?: string;
  /** Of `--var` and `--var-file`, in the order of the command line. Both flags have this one list. */
  readonly var?: readonly VariableSource[];
  readonly varFile?: readonly VariableSource[];
  readonly verbose?: boolean;
};

/** Flags of commands that use the lock file next to the manifest. */
export type LockFlags = {
  /** `false`: ignore it. */
  readonly lock?: boolean;
  readonly locked?: boolean;
};

/** Flags of every command that connects to registries. */
export type NetworkFlags = {
  readonly config?: string;
  readonly concurrency?: string;
  readonly color?: string;
  readonly dockerCommand?: string;
  readonly allowFiles?: readonly string[];
  readonly allowPlainHttp?: readonly string[];
  readonly auth?: readonly string[];
  readonly untrusted?: boolean;
};

/** Help heading for rarely used flags, which can also be set in a settings file. */
const SETTINGS_GROUP = "Settings:";

export function addManifestOptions(command: Command): Command {
  command.option("-f, --file <file>", "the manifest (default: images.yaml, then images.yml, in this folder)");
  return addVariableOptions(command).option("-v, --verbose", "also show unchanged tags and details");
}

export function addLockOptions(command: Command): Command {
  return command
    .addOption(new Option("--locked", "fail if there is no lock file beside the manifest").conflicts("lock"))
    .option("--no-lock", "ignore the lock file beside the manifest");
}

export function addColorOption(command: Command): Command {
  return command.addOption(
    new Option("--color <when>", "when to use colour; NO_COLOR is respected")
      .choices(["auto", "always", "never"])
      .helpGroup(SETTINGS_GROUP),
  );
}

/** What `--concurrency` counts, and its default. */
export type Concurrency = { readonly counts: string; readonly byDefault: number };

const OF_CHANGES: Concurrency = { counts: "changes", byDefault: DEFAULT_CONCURRENCY };

export function addNetworkOptions(command: Command, { counts, byDefault } = OF_CHANGES): Command {
  const options = [
    new Option("--concurrency <number>", `number of ${counts} in progress at a time (default: ${byDefault})`),
    new Option("--docker-command <name>", "docker-compatible program: podman, nerdctl, or a path (default: docker)"),
    new Option("--config <file>", "your own settings, instead of a file found in this folder"),
    repeatableOption("--allow-files <folder>", "also read certificates and keys from this folder; repeatable", collect),
    repeatableOption("--allow-plain-http <host>", "send credentials to this host over plain http; repeatable", collect),
    repeatableOption(
      "--auth <host=auth>",
      "where the credentials for this host come from, such as HOST=metadata; repeatable",
      collect,
    ),
    new Option(
      "--untrusted",
      "treat the manifest as untrusted: no credentials, and only registries in your own settings (or IMGSYNC_UNTRUSTED=true)",
    ),
    new Option("--no-untrusted", "trust the manifest, even in a pull request from a fork (or IMGSYNC_UNTRUSTED=false)"),
  ];
  for (const option of options) command.addOption(option.helpGroup(SETTINGS_GROUP));
  return addLogOptions(addColorOption(command));
}

/** Flags of every command that sends requests or starts programs. */
export function addLogOptions(command: Command): Command {
  return command
    .addOption(
      new Option("--log-level <level>", "debug: show every request, retry and program on stderr (or IMGSYNC_LOG=debug)")
        .choices(LOG_LEVELS)
        .helpGroup(SETTINGS_GROUP),
    )
    .addOption(
      new Option("--log-format <format>", "format of debug lines").choices(LOG_FORMATS).helpGroup(SETTINGS_GROUP),
    );
}

/** `--only` of plan, apply and pull. */
export function addOnlyOption(command: Command): Command {
  return command.addOption(
    repeatableOption(
      "--only <pattern>",
      "only targets that match this glob over HOST/REPOSITORY:TAG; repeatable",
      collect,
    ),
  );
}

/** `--verify` of apply and watch. */
export function addVerifyOption(command: Command): Command {
  return command
    .option("--verify", "read every tag back after writing it, and compare (always on for immutable tags)")
    .option("--no-verify", "do not read tags back, even if your settings enable it");
}

export type WriteFlags = { readonly progress?: string; readonly verify?: boolean; readonly maxDeletesPerDay?: string };

export function toConfigFlags(flags: NetworkFlags & WriteFlags): ConfigFlags {
  const { config, concurrency, color, progress, dockerCommand, allowFiles, allowPlainHttp, auth } = flags;
  const { verify, maxDeletesPerDay } = flags;
  return {
    config,
    concurrency,
    color,
    progress,
    dockerCommand,
    allowFiles,
    allowPlainHttp,
    auth,
    verify,
    maxDeletesPerDay,
  };
}

/** `--var` and `--var-file` of every command that reads a manifest. */
export function addVariableOptions(command: Command): Command {
  // one list for both flags: the later one on the command line takes precedence
  const given: VariableSource[] = [];
  const add = (source: VariableSource): readonly VariableSource[] => {
    given.push(source);
    return given;
  };
  return command
    .addOption(
      repeatableOption("--var <name=value>", "a value for ${NAME} in the manifest; repeatable", (text) =>
        add(parseVariable(text)),
      ),
    )
    .addOption(
      repeatableOption("--var-file <file>", "values from a YAML, JSON or dotenv file; repeatable", (file) =>
        add({ file }),
      ),
    );
}

function parseVariable(text: string): VariableSource {
  const match = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s.exec(text);
  if (match === null) throw new InvalidArgumentError("write NAME=value; a name has letters, digits and _.");
  return { name: match[1] ?? "", value: match[2] ?? "" };
}
