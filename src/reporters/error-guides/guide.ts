import type { Diagnostic, ErrorCode, ErrorDetails } from "../../model/error.ts";

/** What an error code means and what to do about it, for people. Texts are Markdown without links. */
export type ErrorGuide = {
  /** One sentence. */
  readonly meaning: string;
  readonly causes: readonly string[];
  readonly advice: readonly string[];
  /** Printed by the same code that prints the real ones. */
  readonly example: Omit<ErrorDetails, "code"> | Diagnostic;
};

export type ErrorGuides<Code extends ErrorCode> = Readonly<Record<Code, ErrorGuide>>;
