import { bestPeer, isImgsync, type Results, type Row, type Table } from "./results.ts";

const MIB = 1024 * 1024;
/** Smaller differences are within the noise of a shared machine. */
const MARGIN = 1.05;

/** Renders the results for docs/performance.md. */
export function toMarkdown(results: Results): string {
  const { date, machine, versions, tables, isQuick } = results;
  const rounds = [...new Set(tables.flatMap(({ rows }) => rows.map((row) => row.rounds)))].sort(
    (one, other) => one - other,
  );
  const tools = Object.entries(versions).map(([tool, version]) => `${tool} ${version}`);
  return [
    `Measured on ${date}: ${machine}. Medians of ${rounds.join(" or ")} ${rounds.at(-1) === 1 ? "round" : "rounds"}, in turns${isQuick ? ", with the small sets of --quick" : ""}.`,
    `${tools.join(", ")}.`,
    "",
    ...tables.flatMap(tableOf),
    "### Where another tool is ahead",
    "",
    ...lead(tables),
    "",
  ].join("\n");
}

const STEPS = { first: "first sync", nothing: "nothing to do", changed: "1 % of the tags changed" } as const;

function tableOf(table: Table): readonly string[] {
  const { title, step, rows, unfit, attachedAtSource } = table;
  const hasAttached = attachedAtSource > 0;
  const head = ["", "seconds", "range", "requests", "MiB sent", "connections", "CPU s", "RSS MiB"];
  const heads = hasAttached ? [...head, "signatures"] : head;
  const name = `${title}: ${STEPS[step]}`;
  return [
    `### ${name[0]?.toUpperCase()}${name.slice(1)}`,
    "",
    `| ${heads.join(" | ")} |`,
    `|${heads.map((_, at) => (at === 0 ? "---" : "--:")).join("|")}|`,
    ...rows.map((row) => rowOf(row, hasAttached ? `${row.attached} of ${attachedAtSource}` : undefined)),
    "",
    ...(unfit.length === 0 ? [] : [`${unfit.map(([tool, why]) => `${tool}: ${why}`).join("; ")}.`, ""]),
  ];
}

function rowOf(row: Row, attached: string | undefined): string {
  const { tool, failure, seconds, fastest, slowest, counts, cpuSeconds, rssMib } = row;
  const name = isImgsync(row) ? `**${tool}**` : tool;
  if (failure !== undefined) return `| ${name} | failed: ${failure.replaceAll("|", "\\|")} |`;
  const refusals = counts !== undefined && counts.refusals > 0 ? ` (${counts.refusals} refused)` : "";
  const cells = [
    name,
    seconds.toFixed(2),
    `${fastest.toFixed(2)} to ${slowest.toFixed(2)}`,
    counts === undefined ? "" : `${counts.requests.toLocaleString("en")}${refusals}`,
    counts === undefined ? "" : (counts.sent / MIB).toFixed(1),
    counts === undefined ? "" : String(counts.connections),
    cpuSeconds.toFixed(2),
    rssMib.toFixed(0),
    ...(attached === undefined ? [] : [attached]),
  ];
  return `| ${cells.join(" | ")} |`;
}

/** Says plainly what imgsync loses, by the better of the two runtimes. */
function lead(tables: readonly Table[]): readonly string[] {
  const lines = tables.flatMap((table) => {
    const name = `${table.title}, ${STEPS[table.step]}`;
    return [
      behind(
        table,
        name,
        "takes {}",
        (row) => row.seconds,
        (value) => `${value.toFixed(2)} s`,
      ),
      behind(
        table,
        name,
        "sends {} requests",
        (row) => row.counts?.requests ?? Infinity,
        (value) => value.toLocaleString("en"),
      ),
      behind(
        table,
        name,
        "needs {} of CPU",
        (row) => row.cpuSeconds,
        (value) => `${value.toFixed(2)} s`,
      ),
      behind(
        table,
        name,
        "needs {} of memory",
        (row) => row.rssMib,
        (value) => `${value.toFixed(0)} MiB`,
      ),
    ].flatMap((line) => line ?? []);
  });
  return lines.length === 0 ? ["Nowhere in this run."] : lines;
}

function behind(
  table: Table,
  name: string,
  what: string,
  value: (row: Row) => number,
  format: (value: number) => string,
): string | undefined {
  const best = bestPeer(table, value);
  const own = table.rows.filter((row) => isImgsync(row) && row.failure === undefined).map(value);
  if (best === undefined || own.length === 0 || Math.min(...own) <= value(best) * MARGIN) return undefined;
  const words = what.replace("{}", format(value(best)));
  return `- ${name}: ${best.tool} ${words}, imgsync ${format(Math.min(...own))}.`;
}
