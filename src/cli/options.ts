import { type Command, InvalidArgumentError, Option } from "commander";
import type { ConfigFlags } from "./config-arguments.ts";

/** Flags of every command that reads a manifest. */
export type ManifestFlags = {
  readonly file?: string;
  readonly var?: ReadonlyMap<string, string>;
  readonly verbose?: boolean;
};

/** Flags of every command that speaks to registries. */
export type NetworkFlags = {
  readonly config?: string;
  readonly concurrency?: string;
  readonly color?: string;
  readonly allowFiles?: readonly string[];
  readonly allowPlainHttp?: readonly string[];
  readonly untrusted?: boolean;
};

export function addManifestOptions(command: Command): Command {
  return command
    .option("-f, --file <file>", "the manifest (default: images.yaml, then images.yml, in this folder)")
    .option("--var <name=value>", "a value for ${NAME} in the manifest; again for more", collectVariable)
    .option("-v, --verbose", "also what needs no attention");
}

export function addColorOption(command: Command): Command {
  return command.option("--color <when>", "auto, always or never (default: auto; NO_COLOR is respected)");
}

export function addNetworkOptions(command: Command): Command {
  return addColorOption(command)
    .option("--config <file>", "your own settings, in place of a file found in this folder")
    .option("--concurrency <number>", "how many changes are under way at a time (default: 8)")
    .option("--allow-files <folder>", "also read certificates and keys from there; again for more", collect)
    .option("--allow-plain-http <host>", "send credentials there over plain http; again for more", collect)
    .addOption(
      new Option(
        "--untrusted",
        "the manifest is a stranger's: no credentials, and only registries of your own settings",
      ).env("IMGSYNC_UNTRUSTED"),
    );
}

/** `--only` of plan and apply. */
export function addOnlyOption(command: Command): Command {
  return command.option(
    "--only <pattern>",
    "only targets that this glob over HOST/REPOSITORY:TAG matches; again for more",
    collect,
  );
}

export function toConfigFlags(flags: NetworkFlags & { readonly progress?: string }): ConfigFlags {
  const { config, concurrency, color, progress, allowFiles, allowPlainHttp } = flags;
  return { config, concurrency, color, progress, allowFiles, allowPlainHttp };
}

export function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

export function collectVariable(
  text: string,
  before: ReadonlyMap<string, string> = new Map(),
): ReadonlyMap<string, string> {
  const match = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s.exec(text);
  if (match === null) throw new InvalidArgumentError("write NAME=value; a name has letters, digits and _.");
  return new Map([...before, [match[1] ?? "", match[2] ?? ""]]);
}
