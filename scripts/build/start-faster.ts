import type { Plugin } from "rolldown";

/** Functions whose modules take 10 ms and more to load, and are rarely needed: file of src/, package. */
const AT_FIRST_USE: readonly (readonly [file: string, packageName: string])[] = [
  ["/src/reporters/words/width.ts", "string-width"],
];
/** Built-in modules that a package imports and imgsync never uses: file of node_modules/, module. */
const NEVER_USED: readonly (readonly [file: string, module: string])[] = [
  // HTTP/2 is off. undici works without the module too, since Node.js can be built without it.
  ["/undici/lib/dispatcher/client-h2.js", "node:http2"],
];

/**
 * Keeps what a command does not need from being loaded when it starts.
 * @throws Error if a file no longer has what is to be replaced
 */
export const startFaster: Plugin = {
  name: "start-faster",
  transform(code, id) {
    let text = code;
    for (const [file, name] of AT_FIRST_USE)
      if (id.endsWith(file)) {
        text = replaceOnce(text, new RegExp(`import (\\w+) from "${name}";`), {
          id,
          by: `const $1 = (...args) => require("${name}").default(...args);`,
        });
      }
    for (const [file, name] of NEVER_USED)
      if (id.endsWith(file))
        text = replaceOnce(text, new RegExp(`require\\(["']${name}["']\\)`), { id, by: "{ constants: {} }" });
    return text === code ? null : { code: text };
  },
};

function replaceOnce(text: string, what: RegExp, { id, by }: { readonly id: string; readonly by: string }): string {
  if (!what.test(text)) throw new Error(`${id} has nothing that matches ${what}`);
  return text.replace(what, by);
}
