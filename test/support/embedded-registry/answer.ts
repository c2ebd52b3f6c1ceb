/** The answer of a handler, before a fault changes it. */
export type Answer = {
  readonly status: number;
  /** Lower-case names. An undefined value is left out. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Uint8Array;
};

const EMPTY = new Uint8Array();

export function answer(status: number, headers: Answer["headers"] = {}, body: Uint8Array = EMPTY): Answer {
  return { status, headers, body };
}

export function jsonAnswer(status: number, value: unknown, headers: Answer["headers"] = {}): Answer {
  return answer(status, { "content-type": "application/json", ...headers }, encode(JSON.stringify(value)));
}

/** OCI distribution-spec, "Error Codes". */
export function errorAnswer(status: number, code: string, message: string, detail?: unknown): Answer {
  return jsonAnswer(status, { errors: [{ code, message, ...(detail === undefined ? {} : { detail }) }] });
}

export function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
