import type { VersionLibrary } from "../items/foreign-file.ts";
import { compileBlang } from "./blang.ts";
import { compileMasterminds } from "./masterminds.ts";
import { compileRegsync } from "./regsync.ts";
import type { CompiledRange, RangeProblem } from "./version-library.ts";

const COMPILERS: Readonly<Record<VersionLibrary, (text: string) => CompiledRange | RangeProblem>> = {
  masterminds: compileMasterminds,
  regsync: compileRegsync,
  blang: compileBlang,
};

/** Compiles a range by the rules of a library. */
export function compileRange(library: VersionLibrary, text: string): CompiledRange | RangeProblem {
  return COMPILERS[library](text);
}
