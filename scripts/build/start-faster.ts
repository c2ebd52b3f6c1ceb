import type { Plugin } from "rolldown";

/**
 * Imports that become calls of `require`, which bundles load at the first call: the end of a file's path, what it has, what replaces it. Each
 * of these modules takes 5 to 30 ms to load, and most commands need none of them.
 */
const REPLACED: readonly (readonly [file: string, what: string, by: string])[] = [
  [
    "/src/reporters/words/width.ts",
    'import stringWidth from "string-width";',
    'const stringWidth = (text) => require("string-width").default(text);',
  ],
  [
    "/src/model/digest.ts",
    'import { createHash } from "node:crypto";',
    'const createHash = (algorithm) => require("node:crypto").createHash(algorithm);',
  ],
  [
    "/src/reporters/annotations.ts",
    'import { createHash } from "node:crypto";',
    'const createHash = (algorithm) => require("node:crypto").createHash(algorithm);',
  ],
  [
    "/src/files/replace-file.ts",
    'import { randomBytes } from "node:crypto";',
    'const randomBytes = (size) => require("node:crypto").randomBytes(size);',
  ],
  [
    "/commander/lib/command.js",
    "import childProcess from 'node:child_process';",
    'const childProcess = { spawn: (...args) => require("node:child_process").spawn(...args) };',
  ],
  // HTTP/2 is off. undici works without the module, since Node.js can be built without it.
  ["/undici/lib/dispatcher/client-h2.js", "require('node:http2')", "{ constants: {} }"],
];

/**
 * Keeps what a command does not need from being loaded when it starts.
 * @throws Error if a file does not have exactly one of what is to be replaced, for example after an update of a package
 */
export const startFaster: Plugin = {
  name: "start-faster",
  transform(code, id) {
    const entry = REPLACED.find(([file]) => id.endsWith(file));
    if (entry === undefined) return null;
    const [, what, by] = entry;
    const parts = code.split(what);
    if (parts.length !== 2) throw new Error(`${id} has ${what} ${parts.length - 1} times, and not once`);
    return { code: parts.join(by) };
  },
};
