const USAGE = "usage: npm test -- [--only-node] [--only-deno] [--unit] [--verbose] [FILE|FOLDER…]";

export function readArguments(words) {
  const options = { node: true, deno: true, unit: false, verbose: false, paths: [] };
  for (const word of words) {
    if (word === "--only-node") options.deno = false;
    else if (word === "--only-deno") options.node = false;
    else if (word === "--unit") options.unit = true;
    else if (word === "--verbose") options.verbose = true;
    else if (word.startsWith("-")) throw new Error(`unknown flag "${word}"\n${USAGE}`);
    else options.paths.push(word);
  }
  // no-programs.mjs only works on Node.js
  if (options.unit) options.deno = false;
  if (!options.node && !options.deno) throw new Error(`--only-node and --only-deno leave nothing\n${USAGE}`);
  return options;
}
