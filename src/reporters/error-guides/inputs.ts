import type { ErrorGuides } from "./guide.ts";

type Code =
  | "USAGE"
  | "MANIFEST_INVALID"
  | "MANIFEST_UNREADABLE"
  | "CONFIG_INVALID"
  | "PLAN_INVALID"
  | "PLAN_OUTDATED"
  | "LOCK_INVALID"
  | "LOCK_OUTDATED"
  | "OUTPUT_FAILED"
  | "UNSUPPORTED"
  | "INTERRUPTED"
  | "INTERNAL";

/** Errors of the command line and of files. */
export const INPUT_GUIDES: ErrorGuides<Code> = {
  USAGE: {
    meaning: "The command line has an unknown option or value, or options that cannot be combined.",
    causes: [
      "a command, flag or value is misspelt",
      "`--only` is not a glob, or matches no target of the manifest",
      "`apply` runs without a terminal, and `--yes` is missing",
    ],
    advice: ["read `imgsync COMMAND --help`", "in CI, add `--yes`, or `--dry-run` to look only"],
    example: {
      message: "cannot ask for confirmation: not a terminal",
      hint: "add --yes to apply without asking, or --dry-run to show what would change",
    },
  },
  MANIFEST_INVALID: {
    meaning: "The manifest, or a file that it includes, is not valid.",
    causes: [
      "an unknown or duplicate key, a wrong value, or an invalid reference",
      "two entries map different images to one target tag",
      "a certificate or key that it names cannot be read, or is outside its folder",
      "`engine: docker` for an image of several platforms, without naming one",
    ],
    advice: [
      "go to the printed position (`FILE:LINE:COLUMN`); imgsync prints all problems at once",
      "`imgsync validate` checks again, without a network",
      "point your editor to `schemas/images.schema.json`, which marks most of these while you type",
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
    meaning: "The manifest, or a file that it includes, cannot be read at all.",
    causes: [
      "there is no `images.yaml` or `images.yml` in the current folder",
      "it is not readable, is a folder, or is larger than 32 MB",
      "an include leads out of the manifest's folder",
    ],
    advice: ["name it: `imgsync plan --file FILE`", "begin one: `imgsync init`"],
    example: {
      message: "there is no images.yaml or images.yml in this folder",
      hint: "name it with --file FILE, or write one with imgsync init",
    },
  },
  CONFIG_INVALID: {
    meaning: "Your own settings, from flags, `IMGSYNC_*` variables or a settings file, are wrong.",
    causes: [
      "an unknown key or a wrong value",
      "a file found in the current folder sets what only you may set, such as hosts or credentials",
      "a settings file is code (`.js`, `.ts`) in place of data",
      "`HTTP_PROXY`, `HTTPS_PROXY` or `NO_PROXY` has a value that cannot be used",
    ],
    advice: ["go to the printed position", "`docs/configuration.md` lists all settings and who may set which"],
    example: { message: "--concurrency: concurrency: expected at least 1, not 0" },
  },
  PLAN_INVALID: {
    meaning: "The saved plan is not one that this version of imgsync can apply.",
    causes: ["the file does not exist, is not JSON, or was edited", "another version of imgsync made it"],
    advice: ["plan again: `imgsync plan --out plan.json`"],
    example: { message: '"plan.json" is not JSON', hint: "make one with imgsync plan --out FILE" },
  },
  PLAN_OUTDATED: {
    meaning: "The saved plan does not match the current manifest, so imgsync applied none of it.",
    causes: [
      "`images.yaml` or an included file changed after the plan was made",
      "`--var` or `IMGSYNC_VAR_*` have other values than when the plan was made",
      "an immutable rule was added since",
    ],
    advice: ["plan again and have that plan reviewed", "or check out the commit that the plan was made from"],
    example: {
      message: "the plan was made from another manifest",
      hint: "plan again, or apply with the files and variables that the plan was made with",
    },
  },
  LOCK_INVALID: {
    meaning: "The lock file beside the manifest is not one that `imgsync lock` wrote.",
    causes: ["it was edited by hand, or a merge left both sides in it", "another version of imgsync wrote it"],
    advice: ["restore it from Git", "or remove it and run `imgsync lock`"],
    example: {
      message: '"images.lock.yaml" is not a valid lock file: missing key "locked"',
      hint: "restore it from Git, or remove it and run imgsync lock",
    },
  },
  LOCK_OUTDATED: {
    meaning: "The lock file is out of date: the manifest declares tags that it lacks, or the sources have changed.",
    causes: [
      "an entry was added or a selector changed, and `imgsync lock` did not run",
      "`--locked` was given and there is no lock file",
      "`imgsync lock --check` found a tag that upstream has moved, added or removed",
    ],
    advice: [
      "`imgsync lock` adds what is missing and keeps the rest",
      "`imgsync lock --update` updates to what the sources have now, and prints the changes",
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
      "`imgsync init` found a file there, which it never overwrites",
    ],
    advice: ["check the folder, its permissions and the free disk space", "name another file"],
    example: {
      message: 'the plan cannot be written to "out/plan.json"',
      hint: "check the folder and its permissions",
    },
  },
  UNSUPPORTED: {
    meaning: "imgsync understands the request, but cannot do it here.",
    causes: [
      "the manifest needs an engine or feature that this version does not have",
      "a program is missing or too old, or its daemon does not answer: docker, crictl",
      "Deno was not given a permission that the work needs",
    ],
    advice: ["follow the hint", "with Deno, `npm run imgsync:deno` shows the permissions that suffice"],
    example: {
      message: "the docker engine is not part of this version yet",
      hint: "use engine: registry; for a local image, push it with docker",
    },
  },
  INTERRUPTED: {
    meaning: "Ctrl-C or SIGTERM stopped the run before it finished.",
    causes: ["Ctrl-C was pressed", "a CI job or a container was stopped or ran out of time"],
    advice: [
      "run the same command again: finished changes are kept, and the rest continues",
      "tags are written last, so none points at a half-copied image",
    ],
    example: { message: "interrupted" },
  },
  INTERNAL: {
    meaning: "Internal error: a bug in imgsync.",
    causes: ["a state that should be impossible"],
    advice: [
      "report it with the printed stack, the version (`imgsync --version`) and the runtime",
      "run `imgsync plan` next: it writes nothing and shows the state that the run left",
    ],
    example: { message: "Cannot read properties of undefined (reading 'digest')" },
  },
};
