import type { Command } from "commander";
import type { Run } from "./terminal/run.ts";

/** Adds a command with its flags to the program. */
export type AddCommand = (program: Command, run: Run) => void;

/** In the order of the help. Each command is loaded on demand: loading all of them takes longer than most commands run. */
const COMMANDS: Readonly<Record<string, () => Promise<AddCommand>>> = {
  init: async () => (await import("./commands/init.ts")).addInit,
  validate: async () => (await import("./commands/validate.ts")).addValidate,
  plan: async () => (await import("./commands/plan.ts")).addPlan,
  apply: async () => (await import("./commands/apply.ts")).addApply,
  report: async () => (await import("./commands/report.ts")).addReport,
  pull: async () => (await import("./commands/pull.ts")).addPull,
  watch: async () => (await import("./commands/watch.ts")).addWatch,
  lock: async () => (await import("./commands/lock.ts")).addLock,
  list: async () => (await import("./commands/list.ts")).addList,
  doctor: async () => (await import("./commands/doctor.ts")).addDoctor,
  explain: async () => (await import("./commands/explain.ts")).addExplain,
  auth: async () => (await import("./commands/auth.ts")).addAuth,
  "explain-error": async () => (await import("./commands/explain-error.ts")).addExplainError,
  completion: async () => (await import("./commands/completion.ts")).addCompletion,
};

/** Sorted as in the help. */
export const COMMAND_NAMES: readonly string[] = Object.keys(COMMANDS);

export function isCommand(name: string): boolean {
  return Object.hasOwn(COMMANDS, name);
}

/** Completion scripts cover all commands, so all of them are loaded. */
const NEEDS_ALL = "completion";

/** Loads the command that the arguments start with, or all commands for help and suggestions. */
export function loadCommands([first = ""]: readonly string[]): Promise<readonly AddCommand[]> {
  if (first === "-V" || first === "--version") return Promise.resolve([]);
  const known = isCommand(first) && first !== NEEDS_ALL ? COMMANDS[first] : undefined;
  return Promise.all((known === undefined ? Object.values(COMMANDS) : [known]).map((load) => load()));
}
