import type { CommandTree, Value } from "./words.ts";

/** Works with bash 3.2 and newer, without the bash-completion package. */
export function bashCompletion(name: string, commands: readonly CommandTree[]): string {
  return `# bash completion for ${name}

_${name}() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} at='' word words='' files=''
  # bash takes --flag=value for three words
  if [[ $current == '=' ]]; then current=''
  elif [[ $previous == '=' ]]; then previous=\${COMP_WORDS[COMP_CWORD-2]}; fi
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$at $word" in
      ${paths(commands)}) at="\${at:+$at }$word" ;;
    esac
  done
  case "$at:$previous" in
${commands.flatMap(valueCases).join("\n")}
    *)
      case "$at:$current" in
${commands.map(flagCase).join("\n")}
${commands.map(argumentCase).join("\n")}
      esac ;;
  esac
  COMPREPLY=()
  if [[ -n $files ]]; then
    compopt -o filenames 2>/dev/null
    while IFS= read -r word; do COMPREPLY+=("$word"); done < <(
      if [[ $files == plans ]]; then compgen -f -X '!*.json' -- "$current"; compgen -d -- "$current"
      else compgen "$files" -- "$current"; fi
    )
  elif [[ -n $words ]]; then
    while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -W "$words" -- "$current")
  fi
}

complete -F _${name} ${name}
`;
}

function paths(commands: readonly CommandTree[]): string {
  const nested = commands.filter(({ path }) => path !== "");
  return nested.map(({ path }) => (path.includes(" ") ? quote(path) : quote(` ${path}`))).join("|");
}

function valueCases({ path, flags }: CommandTree): readonly string[] {
  return flags.flatMap(({ names, value }) =>
    value === undefined ? [] : [`    ${names.map((name) => quote(`${path}:${name}`)).join("|")}) ${suggest(value)} ;;`],
  );
}

function flagCase({ path, flags }: CommandTree): string {
  const names = flags.flatMap((flag) => flag.names.filter((name) => name.startsWith("--")));
  return `        ${quote(`${path}:-`)}*) words=${quote(names.join(" "))} ;;`;
}

function argumentCase({ path, commands, argument }: CommandTree): string {
  const value = commands.length > 0 ? { choices: commands.map((command) => command.name) } : argument;
  return `        ${quote(`${path}:`)}*) ${suggest(value ?? { kind: "text" })} ;;`;
}

function suggest(value: Value): string {
  if ("choices" in value) return `words=${quote(value.choices.join(" "))}`;
  if (value.kind === "text") return ":";
  return `files=${FILES[value.kind]}`;
}

/** Options of compgen, except for plans: they are offered with the folders that may hold some. */
const FILES = { files: "-f", plans: "plans", folders: "-d" } as const;

function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
