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
    meaning: "The command line asks for something that does not exist or does not go together.",
    causes: [
      "a command, flag or value is misspelt",
      "`--only` is no glob, or matches no target of the manifest",
      "`apply` runs without a terminal, and `--yes` is missing",
    ],
    advice: ["read `imgsync COMMAND --help`", "in CI, add `--yes`, or `--dry-run` to look only"],
    example: {
      message: "cannot ask for confirmation: not a terminal",
      hint: "add --yes to apply without asking, or --dry-run to show what would be done",
    },
  },
  MANIFEST_INVALID: {
    meaning: "The manifest, or a file that it includes, says something that has no meaning.",
    causes: [
      "an unknown or doubled key, a wrong value, or a reference that is none",
      "two entries wish different images for one target tag",
      "a certificate or key that it names cannot be read, or lies outside its folder",
      "`engine: docker` for an image of several platforms, without naming one",
    ],
    advice: [
      "go to the place that is printed (`FILE:LINE:COLUMN`); all findings are printed at once",
      "`imgsync validate` checks again, without a network",
      "let your editor use `schemas/images.schema.json`, which marks most of these while you type",
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
      "it may not be read, is a folder, or is larger than 32 MB",
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
      "an unknown key or a value that does not fit",
      "a file found in the current folder sets what only you may set, such as hosts or credentials",
      "a settings file is code (`.js`, `.ts`) in place of data",
      "`HTTP_PROXY`, `HTTPS_PROXY` or `NO_PROXY` has a value that cannot be used",
    ],
    advice: ["go to the place that is printed", "`docs/configuration.md` lists all settings and who may set which"],
    example: { message: "--concurrency: concurrency: expected at least 1, not 0" },
  },
  PLAN_INVALID: {
    meaning: "The saved plan is not one that this version of imgsync can apply.",
    causes: ["the file is not there, is no JSON, or was edited", "another version of imgsync made it"],
    advice: ["plan again: `imgsync plan --out plan.json`"],
    example: { message: '"plan.json" is not JSON', hint: "make one with imgsync plan --out FILE" },
  },
  PLAN_OUTDATED: {
    meaning: "The saved plan does not fit the manifest as it is now, so nothing of it was applied.",
    causes: [
      "`images.yaml` or an included file changed after the plan was made",
      "`--var` or `IMGSYNC_VAR_*` have other values than when it was planned",
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
      message: '"images.lock.yaml" is no lock file: missing key "locked"',
      hint: "restore it from Git, or remove it and run imgsync lock",
    },
  },
  LOCK_OUTDATED: {
    meaning: "The lock file does not fit: the manifest wishes what it does not have, or the sources moved on.",
    causes: [
      "an entry was added or a selector changed, and `imgsync lock` did not run",
      "`--locked` was given and there is no lock file",
      "`imgsync lock --check` found a tag that upstream has moved, added or removed",
    ],
    advice: [
      "`imgsync lock` adds what is missing and keeps the rest",
      "`imgsync lock --update` takes what the sources have now, and prints what moved",
    ],
    example: {
      message: '"images.lock.yaml" lacks 1 wish of the manifest',
      hint: "run imgsync lock and commit the file; --no-lock ignores it",
    },
  },
  OUTPUT_FAILED: {
    meaning: "A file that was asked for could not be written.",
    causes: [
      "the folder is not there or not writable",
      "the disk is full",
      "`imgsync init` found a file there, which it never overwrites",
    ],
    advice: ["check the folder, its permissions and the room on the disk", "name another file"],
    example: {
      message: 'the plan cannot be written to "out/plan.json"',
      hint: "check the folder and its permissions",
    },
  },
  UNSUPPORTED: {
    meaning: "What is asked for is understood, but cannot be done here.",
    causes: [
      "the manifest needs an engine or feature that this version does not have",
      "a program is missing or too old, or its daemon does not answer: docker, crictl",
      "Deno was not given a permission that the work needs",
    ],
    advice: ["do as the hint says", "with Deno, `npm run imgsync:deno` shows the permissions that are enough"],
    example: {
      message: "the docker engine is not part of this version yet",
      hint: "use engine: registry; for a local image, push it with docker",
    },
  },
  INTERRUPTED: {
    meaning: "The run was ended by Ctrl-C or SIGTERM before it was done.",
    causes: ["somebody pressed Ctrl-C", "a CI job or a container was stopped or ran out of time"],
    advice: [
      "run the same command again: what is finished stays, and the rest goes on from there",
      "a tag is written last, so none points at a half-copied image",
    ],
    example: { message: "interrupted" },
  },
  INTERNAL: {
    meaning: "imgsync itself is wrong: a bug.",
    causes: ["something that was thought impossible has happened"],
    advice: [
      "report it with the printed stack, the version (`imgsync --version`) and the runtime",
      "run again with `imgsync plan` first: it writes nothing and shows the state that the run left",
    ],
    example: { message: "Cannot read properties of undefined (reading 'digest')" },
  },
};
