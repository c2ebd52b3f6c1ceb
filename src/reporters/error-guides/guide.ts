import type { Diagnostic, ErrorCode, ErrorDetails } from "../../model/error.ts";

/** Explains an error code to people. Texts are Markdown without links. */
export type ErrorGuide = {
  /** One sentence. */
  readonly meaning: string;
  readonly causes: readonly string[];
  readonly advice: readonly string[];
  /** Rendered by the same code as real errors. */
  readonly example: Omit<ErrorDetails, "code"> | Diagnostic;
};

export type ErrorGuides<Code extends ErrorCode> = Readonly<Record<Code, ErrorGuide>>;
