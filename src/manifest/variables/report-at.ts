import type { Range } from "../parse/source-text.ts";

/** Reports a problem at a place of a file of variables. The message contains nothing of the file but names of variables. */
export type ReportAt = (range: Range, finding: { readonly message: string; readonly hint?: string }) => void;

export const VARIABLE_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
