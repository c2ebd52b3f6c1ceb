import type { ErrorGuides } from "./guide.ts";

type Code =
  | "USAGE"
  | "MANIFEST_INVALID"
  | "MANIFEST_UNREADABLE"
  | "CONFIG_INVALID"
  | "PLAN_INVALID"
  | "PLAN_OUTDATED"
  | "REPORT_INVALID"
  | "LOCK_INVALID"
  | "LOCK_OUTDATED"
  | "OUTPUT_FAILED"
  | "UNSUPPORTED"
  | "INTERRUPTED"
  | "INTERNAL";

/** Errors of the command line and of files. */
export const INPUT_GUIDES: ErrorGuides<Code> = {
  USAGE: {
    meaning: "The command line has an unknown command, option or value, or options that cannot be combined.",
    causes: [
      "a command, flag or value is misspelt",
      "`--only` is not a glob, or matches no target of the manifest",
      "`apply` needs `--yes` when it does not run on a terminal",
    ],
    advice: ["see `imgsync COMMAND --help`", "in CI, add `--yes` to apply, or `--dry-run` to show the changes"],
    example: {
      message: "cannot ask for confirmation: not a terminal",
      hint: "add --yes to apply without asking, or --dry-run to show what would change",
    },
  },
  MANIFEST_INVALID: {
    meaning: "The manifest, an included file or a file of variables is not valid.",
    causes: [
      "an unknown or duplicate key, a wrong value, or an invalid reference",
      "variables are not set: the message lists all of them, and where they are used",
      "two entries map different images to one target tag",
      "a certificate or key that the manifest names cannot be read, or is outside its folder",
      "`engine: docker` is set without `platforms` for an image with several platforms",
    ],
    advice: [
      "go to the position in the message (`FILE:LINE:COLUMN`); imgsync reports all problems at once",
      "check again with `imgsync validate`, which needs no network",
      "use `schemas/images.schema.json` in your editor, which then marks most of these problems as you type",
    ],
    example: {
      severity: "error",
      message: 'unknown key "tgas"',
      position: { file: "images.yaml", line: 6, column: 5 },
      excerpt: "    tgas: [v1]",
      length: 4,
      hint: 'did you mean "tags"?',
    },
  },
  MANIFEST_UNREADABLE: {
    meaning: "The manifest, an included file or a file of variables cannot be read.",
    causes: [
      "the current folder has no `images.yaml` or `images.yml`",
      "the file is not readable, is a folder, or is larger than 32 MiB",
      "an `include` points outside the manifest's folder",
      "a file of `--var-file` cannot be read, or is larger than 1 MiB",
    ],
    advice: ["name the manifest: `imgsync plan --file FILE`", "write a new one: `imgsync init`"],
    example: {
      message: "there is no images.yaml or images.yml in this folder",
      hint: "name it with --file FILE, or write one with imgsync init",
    },
  },
  CONFIG_INVALID: {
    meaning: "Your own settings are not valid: a flag, an `IMGSYNC_*` variable or a settings file.",
    causes: [
      "an unknown key or a wrong value",
      "a settings file in the current folder sets a key that it may not set, such as `registries`",
      "a settings file is code (`.js`, `.ts`) and not data",
      "`HTTP_PROXY`, `HTTPS_PROXY` or `NO_PROXY` has an invalid value",
    ],
    advice: [
      "go to the position in the message",
      "see `docs/configuration.md` for all settings and where each may be set",
    ],
    example: { message: "--concurrency: concurrency: expected at least 1, not 0" },
  },
  PLAN_INVALID: {
    meaning: "The file is not a saved plan that this version of imgsync can apply.",
    causes: ["the file does not exist, is not JSON, or was edited", "another version of imgsync wrote the plan"],
    advice: ["plan again: `imgsync plan --out plan.json`"],
    example: { message: '"plan.json" is not JSON', hint: "make one with imgsync plan --out FILE" },
  },
  PLAN_OUTDATED: {
    meaning: "The saved plan was made from another manifest. imgsync applied none of it.",
    causes: [
      "`images.yaml` or an included file changed after the plan was made",
      "the plan was made from another manifest, with `--file`: the message names it",
      "`--var`, `--var-file` or `IMGSYNC_VAR_*` had other values when the plan was made",
      "an `immutable` rule was added after the plan was made",
    ],
    advice: ["plan again, and review the new plan", "or apply the plan in the commit that it was made from"],
    example: {
      message: 'the plan was made from "prod.yaml", and this is "images.yaml"',
      hint: "apply it with --file and that manifest, or plan again",
    },
  },
  REPORT_INVALID: {
    meaning: "A file is not the report of a shard, or the reports do not belong together.",
    causes: [
      "the run was cut off before it wrote its report",
      "the run applied no shard of a saved plan",
      "the reports are about different plans, such as those of two pipelines",
    ],
    advice: [
      "leave out the file: the merged report then counts its shard as missing",
      "or apply that shard again, with `imgsync apply PLAN --shard I/N --report FILE`",
    ],
    example: {
      message: '"report-2.json" is about another plan than "report-1.json"',
      hint: "merge the reports of one plan",
    },
  },
  LOCK_INVALID: {
    meaning: "The lock file is not valid.",
    causes: ["the file was edited by hand, or has merge conflicts", "another version of imgsync wrote the file"],
    advice: ["restore the file from Git", "or delete it and run `imgsync lock`"],
    example: {
      message: '"images.lock.yaml" is not a valid lock file: missing key "locked"',
      hint: "restore it from Git, or remove it and run imgsync lock",
    },
  },
  LOCK_OUTDATED: {
    meaning: "The lock file does not match the manifest or the sources.",
    causes: [
      "an entry or a selector changed, and `imgsync lock` was not run",
      "there is no lock file, and `--locked` requires one",
      "`imgsync lock --check` found a tag that was moved, added or removed upstream",
    ],
    advice: [
      "run `imgsync lock` to add what is missing and keep the rest",
      "run `imgsync lock --update` to accept the changes at the sources",
    ],
    example: {
      message: '"images.lock.yaml" lacks 1 mapping of the manifest',
      hint: "run imgsync lock and commit the file; --no-lock ignores it",
    },
  },
  OUTPUT_FAILED: {
    meaning: "An output file could not be written.",
    causes: [
      "the folder does not exist or is not writable",
      "the disk is full",
      "the file exists, and `imgsync init` does not overwrite files",
    ],
    advice: ["check the folder, its permissions and the free disk space", "name another file"],
    example: {
      message: 'the plan cannot be written to "out/plan.json"',
      hint: "check the folder and its permissions",
    },
  },
  UNSUPPORTED: {
    meaning: "imgsync cannot do this on this machine or with this registry.",
    causes: [
      "the registry does not support the operation, such as deleting tags",
      "docker or crictl is missing or too old, or its daemon does not answer",
      "a program is needed, and `--untrusted` runs no programs",
      "on Deno, a permission is missing",
    ],
    advice: ["follow the hint in the message", "run `imgsync doctor` to check the programs on this machine"],
    example: {
      message: "docker is not installed, or not on the PATH",
      hint: "install it, name another with --docker-command (podman, nerdctl), or use engine: registry, which needs none",
    },
  },
  INTERRUPTED: {
    meaning: "Ctrl-C or SIGTERM stopped the run before it finished.",
    causes: ["Ctrl-C was pressed", "a CI job or a container was stopped or timed out"],
    advice: [
      "run the same command again: it skips what is done and continues with the rest",
      "to let large changes in progress finish, raise `timeouts.drainMs` in your settings (`docs/configuration.md`)",
      "nothing needs to be cleaned up: a tag is written last, so none points at an incomplete image",
    ],
    example: { message: "interrupted" },
  },
  INTERNAL: {
    meaning: "imgsync has a bug.",
    causes: ["imgsync reached a state that should be impossible"],
    advice: [
      "report the bug with the stack trace, the version (`imgsync --version`) and the runtime",
      "run `imgsync plan` to see the current state; it writes nothing",
    ],
    example: { message: "Cannot read properties of undefined (reading 'digest')" },
  },
};
