import type { RegistryRequest, RequestKind } from "./request.ts";

/** An entry of the transcript, added when the request arrives; `status` is 0 until it is answered. */
export type TranscriptEntry = {
  readonly number: number;
  readonly connection: number;
  readonly method: string;
  readonly path: string;
  /** With the leading `?`, or empty. */
  readonly query: string;
  readonly kind: RequestKind;
  readonly repository: string | undefined;
  readonly reference: string | undefined;
  readonly authorization: boolean;
  readonly headers: RegistryRequest["headers"];
  readonly status: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
};

type Written = { status: number; bytesIn: number; bytesOut: number };
export type OpenEntry = Omit<TranscriptEntry, keyof Written> & Written;

export type RequestFilter = {
  readonly method?: string | readonly string[];
  readonly kind?: RequestKind;
  readonly repository?: string;
  readonly reference?: string;
  readonly status?: number;
};

export type Transcript = {
  readonly entries: readonly TranscriptEntry[];
  readonly open: (request: RegistryRequest) => OpenEntry;
  readonly clear: () => void;
};

export function createTranscript(): Transcript {
  const entries: OpenEntry[] = [];
  return {
    entries,
    open: (request) => {
      const entry = openEntry(request);
      entries.push(entry);
      return entry;
    },
    clear: () => void entries.splice(0),
  };
}

/** Returns the entries that match a filter or predicate. */
export function selectRequests(
  entries: readonly TranscriptEntry[],
  filter: RequestFilter | ((entry: TranscriptEntry) => boolean) = {},
): readonly TranscriptEntry[] {
  return entries.filter(typeof filter === "function" ? filter : (entry) => matches(entry, filter));
}

/** Whether a request may have changed something in the registry. */
export function isWrite({ method, kind }: TranscriptEntry): boolean {
  return kind !== "token" && ["POST", "PUT", "PATCH", "DELETE"].includes(method);
}

function matches(entry: TranscriptEntry, { method, kind, repository, reference, status }: RequestFilter): boolean {
  const methods = typeof method === "string" ? [method] : method;
  return (
    (methods === undefined || methods.includes(entry.method)) &&
    (kind === undefined || kind === entry.kind) &&
    (repository === undefined || repository === entry.repository) &&
    (reference === undefined || reference === entry.reference) &&
    (status === undefined || status === entry.status)
  );
}

function openEntry(request: RegistryRequest): OpenEntry {
  const { number, connection, method, path, query, kind, repository, reference, headers } = request;
  const text = query.toString();
  return {
    number,
    connection,
    method,
    path,
    query: text === "" ? "" : `?${text}`,
    kind,
    repository,
    reference,
    authorization: headers.authorization !== undefined,
    headers,
    status: 0,
    bytesIn: 0,
    bytesOut: 0,
  };
}
