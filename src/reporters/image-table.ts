import { shortDigest } from "../model/digest.ts";
import type { ImageList, ListedImage } from "../model/image-list.ts";
import { formatRepository, type Repository } from "../model/reference.ts";
import { displayWidth, fitLine, formatBytes } from "./words/format.ts";
import { escapeFor, type RenderOptions } from "./words/options.ts";
import { forJson } from "../text/sanitize.ts";

/** Has its own repository if the list covers several. */
export type ShownImage = ListedImage & { readonly repository?: Repository };

export type ListFormat = "text" | "json";

/** The formats of `list --format`. */
export const LIST_FORMATS: Readonly<Record<ListFormat, (list: ImageList, options: RenderOptions) => string>> = {
  text: renderTable,
  json: renderJson,
};

const UNKNOWN = "unknown";
const GAP = "  ";
const HEAD = ["IMAGE", "DIGEST", "TAGS", "CREATE_TIME", "UPDATE_TIME", "SIZE"] as const;
const [IMAGE, TAGS] = [0, 2];
/** Narrower columns are useless. */
const LEAST_WIDTH = 8;

/**
 * Renders one line for each digest. Off a terminal nothing is shortened, for programs that cut out columns. On a terminal, digests are
 * shortened first, then tags, then names, until the rows fit.
 */
function renderTable({ repository, images }: ImageList, options: RenderOptions): string {
  const whole = rowsOf(repository, images, { options, shortDigests: false });
  const { columns = Infinity } = options;
  const fits = widthOf(measure(whole)) <= columns;
  const rows = fits ? whole : rowsOf(repository, images, { options, shortDigests: true });
  const widths = shrink(measure(rows), columns);
  const lines = rows.map((cells) =>
    cells
      .map((cell, at) => pad(cell, widths[at] ?? 0))
      .join(GAP)
      .trimEnd(),
  );
  const [head = "", ...body] = lines.map((line) => fitLine(line, columns));
  return [options.style.bold(head), ...body, ""].join("\n");
}

function rowsOf(
  repository: string,
  images: readonly ShownImage[],
  { options, shortDigests }: { readonly options: RenderOptions; readonly shortDigests: boolean },
): readonly (readonly string[])[] {
  const escape = escapeFor(options);
  const rows = images.map(({ digest, tags, created, updated, bytes, repository: own }) => [
    escape(own === undefined ? repository : formatRepository(own)),
    shortDigests ? `${shortDigest(digest)}…` : digest,
    tags.length === 0 ? "-" : tags.map((tag) => escape(tag)).join(","),
    created === undefined ? UNKNOWN : formatTime(created),
    updated === undefined ? UNKNOWN : formatTime(updated),
    bytes === undefined ? UNKNOWN : formatBytes(bytes),
  ]);
  return [HEAD, ...rows];
}

function measure(rows: readonly (readonly string[])[]): readonly number[] {
  return HEAD.map((_, at) => rows.reduce((width, cells) => Math.max(width, displayWidth(cells[at] ?? "")), 0));
}

function widthOf(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width, 0) + GAP.length * (widths.length - 1);
}

function shrink(widths: readonly number[], columns: number): readonly number[] {
  let left = widths;
  for (const column of [TAGS, IMAGE]) {
    const over = Math.max(0, widthOf(left) - columns);
    left = left.map((width, at) => (at === column ? Math.max(Math.min(width, LEAST_WIDTH), width - over) : width));
  }
  return left;
}

function pad(cell: string, width: number): string {
  const fitted = fitLine(cell, width);
  return fitted + " ".repeat(Math.max(0, width - displayWidth(fitted)));
}

/** Cut to seconds. */
function formatTime(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, "Z");
}

function renderJson({ repository, images, more }: ImageList): string {
  const entries = images.map(({ digest, mediaType, tags, created, updated, bytes, repository: own }) => ({
    image: own === undefined ? repository : formatRepository(own),
    digest,
    mediaType: mediaType ?? null,
    tags,
    createTime: created?.toISOString() ?? null,
    updateTime: updated?.toISOString() ?? null,
    sizeBytes: bytes ?? null,
  }));
  return `${forJson({ version: 1, repository, images: entries, more }, 2)}\n`;
}
