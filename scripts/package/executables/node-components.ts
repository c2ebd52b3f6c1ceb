import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Component } from "../sbom.ts";
import { platformHere } from "./build.ts";
import { nodeBinary, NODE_VERSION } from "./node-binary.ts";

/** Versions of interfaces, not of code. */
const INTERFACES: ReadonlySet<string> = new Set(["node", "modules", "napi"]);

/** Returns Node.js and the libraries in it, as Node.js itself lists them. */
export async function nodeComponents(): Promise<readonly Component[]> {
  const { program } = await nodeBinary(platformHere());
  const { stdout } = await promisify(execFile)(program, ["--print", "JSON.stringify(process.versions)"]);
  const versions = Object.entries<string>(JSON.parse(stdout)).filter(([name]) => !INTERFACES.has(name));
  return [
    componentOf("node", NODE_VERSION, { type: "platform", purl: `pkg:generic/node@${NODE_VERSION}` }),
    ...versions.map(([name, version]) => componentOf(name, version)),
  ];
}

function componentOf(name: string, version: string, more: Partial<Component> = {}): Component {
  const purl = `pkg:generic/${name}@${encodeURIComponent(version)}`;
  return { "bom-ref": `node/${name}@${version}`, type: "library", name, version, scope: "required", purl, ...more };
}
