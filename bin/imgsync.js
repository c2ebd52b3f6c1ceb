#!/usr/bin/env node
// Plain JavaScript, so that runtimes too old for the rest print a clear error.
import { existsSync } from "node:fs";
import { setFlagsFromString } from "node:v8";

var needed = [22, 19];
var found = process.versions.node.split(".").map(Number);

if (found[0] < needed[0] || (found[0] === needed[0] && found[1] < needed[1])) {
  process.stderr.write(
    "imgsync needs Node.js " +
      needed.join(".") +
      " or newer, or Deno 2; this is Node.js " +
      process.versions.node +
      "\n",
  );
  process.exitCode = 1;
} else {
  // before anything is loaded, because the young generation never shrinks (docs/decisions/heap-growth.md)
  setFlagsFromString("--semi-space-growth-factor=1");
  // a checkout has the sources, a package has the bundle
  var entry = existsSync(new URL("../src/cli/main.ts", import.meta.url)) ? "../src/cli/main.ts" : "../dist/main.js";
  void import(entry).then(function (cli) {
    return cli.main(process.argv.slice(2));
  });
}
