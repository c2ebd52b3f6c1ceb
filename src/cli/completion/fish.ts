import type { CommandTree, Flag, Value } from "./words.ts";

/** Works with fish 3.0 and newer. */
export function fishCompletion(name: string, commands: readonly CommandTree[]): string {
  const paths = commands.filter(({ path }) => path !== "").map(({ path }) => quote(path));
  return `# fish completion for ${name}

function __${name}_at --description 'Whether the command typed so far is this one'
    set -l at ''
    for word in (commandline -opc)[2..-1]
        set -l next (string trim -- "$at $word")
        contains -- "$next" ${paths.join(" ")}; and set at "$next"
    end
    test "$at" = "$argv[1]"
end

function __${name}_plans --description 'Plans, and folders that may hold some'
    set -l typed (commandline -ct)
    for file in $typed*.json $typed*/
        echo $file
    end
end

complete -c ${name} -f
${commands.flatMap((command) => linesOf(name, command)).join("\n")}
`;
}

function linesOf(name: string, { path, commands, flags, argument }: CommandTree): readonly string[] {
  const start = `complete -c ${name} -n ${quote(`__${name}_at ${quote(path)}`)}`;
  return [
    ...commands.map((command) => `${start} -a ${quote(command.name)} -d ${quote(command.description)}`),
    ...(argument === undefined ? [] : [`${start} ${suggest(name, argument)}`.trimEnd()]),
    ...flags.map((flag) => `${start} ${flagNames(name, flag)} -d ${quote(flag.description)}`),
  ];
}

function flagNames(program: string, { names, value }: Flag): string {
  const flags = names.map((name) => (name.startsWith("--") ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`));
  return [...flags, ...(value === undefined ? [] : [`-r ${suggest(program, value)}`.trimEnd()])].join(" ");
}

function suggest(name: string, value: Value): string {
  if ("choices" in value) return `-f -a ${quote(value.choices.join(" "))}`;
  if (value.kind === "text") return "-f";
  if (value.kind === "plans") return `-f -a '(__${name}_plans)'`;
  return value.kind === "files" ? "-F" : "-f -a '(__fish_complete_directories)'";
}

function quote(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", String.raw`\'`)}'`;
}
