import type { CommandTree, Flag, Value } from "./words.ts";

/** For zsh: sourced after compinit, or saved as `_imgsync` in a folder of $fpath. */
export function zshCompletion(name: string, commands: readonly CommandTree[]): string {
  return `#compdef ${name}
# zsh completion for ${name}

${commands.map((command) => commandFunction(name, command)).join("\n")}
if [[ $funcstack[1] == _${name} ]]; then
  _${name} "$@"
else
  compdef _${name} ${name}
fi
`;
}

function commandFunction(name: string, { path, commands, flags, argument }: CommandTree): string {
  const specifications = flags.map(flagSpecification);
  if (commands.length === 0) {
    const place = argument === undefined ? [] : [quote(`1:${actionOf(argument)}`)];
    return `${functionName(name, path)}() {
  _arguments -s ${[...specifications, ...place].join(" \\\n    ")}
}
`;
  }
  return `${functionName(name, path)}() {
  local curcontext=$curcontext state line
  typeset -A opt_args
  _arguments -C ${[...specifications, "'1: :->command'", "'*:: :->argument'"].join(" \\\n    ")} && return
  case $state in
    command)
      local -a commands=(
${commands.map((command) => `        ${quote(`${command.name}:${command.description}`)}`).join("\n")}
      )
      _describe command commands ;;
    argument)
      case $line[1] in
${commands.map((command) => `        ${command.name}) ${functionName(name, `${path} ${command.name}`.trim())} ;;`).join("\n")}
      esac ;;
  esac
}
`;
}

function functionName(name: string, path: string): string {
  return ["", name, ...path.split(" ")].filter((part, at) => at === 0 || part !== "").join("_");
}

function flagSpecification({ names, description, value, isRepeatable }: Flag): string {
  const text = `[${description.replaceAll(/[[\]:\\]/g, String.raw`\$&`)}]${value === undefined ? "" : `:${actionOf(value)}`}`;
  const [first = "", ...others] = names.map((each) => (value === undefined ? each : each + joint(each)));
  if (others.length === 0) return quote(`${isRepeatable ? "*" : ""}${first}${text}`);
  const exclusion = isRepeatable ? "*" : `(${names.join(" ")})`;
  return `${quote(exclusion)}{${[first, ...others].join(",")}}${quote(text)}`;
}

/** Lets a value follow without a space: `--file=x`, `-fx`. */
function joint(flag: string): string {
  return flag.startsWith("--") ? "=" : "+";
}

function actionOf(value: Value): string {
  if ("choices" in value) return `value:(${value.choices.join(" ")})`;
  if (value.kind === "text") return "value: ";
  if (value.kind === "plans") return 'plan:_files -g "*.json"';
  return value.kind === "files" ? "file:_files" : "folder:_files -/";
}

function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
