import type { Step } from "../cases.ts";
import type { Counts } from "../lines/counts.ts";
import type { Sample } from "../run/run-tool.ts";

/** What one tool needed for one step of a case: medians of the rounds. */
export type Row = {
  readonly tool: string;
  readonly seconds: number;
  readonly slowest: number;
  readonly fastest: number;
  readonly cpuSeconds: number;
  readonly rssMib: number;
  readonly counts: Counts | undefined;
  readonly attached: number;
  readonly rounds: number;
  /** Why there are no figures. */
  readonly failure: string | undefined;
};

export type Table = {
  readonly case: string;
  readonly title: string;
  readonly step: Step;
  readonly rows: readonly Row[];
  /** Tools without a part in the case, with the reason. */
  readonly unfit: readonly (readonly [tool: string, why: string])[];
  /** Digest tags of signatures at the source. */
  readonly attachedAtSource: number;
};

export type Results = {
  readonly date: string;
  readonly machine: string;
  readonly isQuick: boolean;
  readonly rounds: number;
  readonly versions: Readonly<Record<string, string>>;
  readonly tables: readonly Table[];
};

/** Makes a row of the timed samples and of the counted one. One failed run makes the whole row a failure. */
export function toRow(tool: string, timed: readonly Sample[], counted: Sample | undefined): Row {
  const all = counted === undefined ? timed : [...timed, counted];
  const seconds = timed.map(({ measured }) => measured.seconds);
  return {
    tool,
    seconds: median(seconds),
    slowest: Math.max(...seconds),
    fastest: Math.min(...seconds),
    cpuSeconds: median(timed.map(({ measured }) => measured.cpuSeconds)),
    rssMib: median(timed.map(({ measured }) => measured.rssMib)),
    counts: counted?.counts ?? timed.at(-1)?.counts,
    attached: Math.min(...all.map(({ attached }) => attached)),
    rounds: timed.length,
    failure: all.find(({ failure }) => failure !== undefined)?.failure,
  };
}

export function isImgsync({ tool }: Pick<Row, "tool">): boolean {
  return tool.startsWith("imgsync");
}

/** The successful peer with the smallest value. */
export function bestPeer({ rows }: Table, value: (row: Row) => number): Row | undefined {
  const peers = rows.filter((row) => !isImgsync(row) && row.failure === undefined);
  return peers.toSorted((one, other) => value(one) - value(other))[0];
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 0 ? ((sorted[middle - 1] ?? upper) + upper) / 2 : upper;
}
