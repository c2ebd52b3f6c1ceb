/** The sentences of commander for a wrong value, and for too many arguments. */
const WRONG_FLAG = /^error: option '(?:-\w, )?(--[\w-]+)[^']*' argument '([^]*)' is invalid\. (.+)\.$/m;
const WRONG_ARGUMENT = /^error: command-argument value '([^]*)' is invalid for argument '([^']+)'\. (.+)\.$/m;
const TOO_MANY = /^(error: too many arguments for '[^']+')\. Expected \d+ arguments? but got \d+: ([^]+)\.$/m;

/** Returns commander's text for a usage error in the form of all errors: one line with the code, and a hint. */
export function usageError(text: string): string {
  return text
    .replace(WRONG_FLAG, (_text, flag: string, value: string, rule: string) => wrongValue(value, flag, rule))
    .replace(WRONG_ARGUMENT, (_text, value: string, name: string, rule: string) => wrongValue(value, name, rule))
    .replace(TOO_MANY, "$1: $2")
    .replace(/^(error: .*)$/m, "$1 [USAGE]");
}

function wrongValue(value: string, name: string, rule: string): string {
  return `error: "${value}" is not valid for ${name}\n  hint: ${rule.replace(/^Allowed choices are /, "write one of ")}`;
}
