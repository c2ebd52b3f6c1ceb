import { Option } from "commander";

const repeatable = new WeakSet<Option>();

/** Returns a flag that may be given several times: `add` adds a value to those before. Completion offers only these flags again. */
export function repeatableOption<T>(flags: string, description: string, add: (value: string, before: T) => T): Option {
  const option = new Option(flags, description).argParser(add);
  repeatable.add(option);
  return option;
}

export function isRepeatable(option: Option): boolean {
  return repeatable.has(option);
}

export function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}
