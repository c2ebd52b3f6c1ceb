import { shortDigest } from "../model/digest.ts";
import type { ImageList } from "../model/image-list.ts";
import { formatRepository, type Repository } from "../model/reference.ts";
import { formatBytes } from "../model/size.ts";
import { escapeFor, type RenderOptions } from "./words/options.ts";
import { forJson } from "../text/sanitize.ts";
import { renderColumns, type Column } from "./words/columns.ts";

type ShownImage = ImageList["images"][number];

export type ListFormat = "text" | "json";

/** The formats of `list --format`. */
export const LIST_FORMATS: Readonly<Record<ListFormat, (list: ImageList, options: RenderOptions) => string>> = {
  text: renderTable,
  json: renderJson,
};

const UNKNOWN = "unknown";

/** How much a row says. A narrow terminal takes the first form that fits. */
type Form = {
  readonly digest: "whole" | "short" | "none";
  readonly time: "minute" | "day" | "none";
  readonly hasUpdates: boolean;
};

const WHOLE: Form = { digest: "whole", time: "minute", hasUpdates: true };
const NARROWER: readonly Form[] = [
  { digest: "short", time: "minute", hasUpdates: true },
  { digest: "short", time: "minute", hasUpdates: false },
  { digest: "short", time: "day", hasUpdates: true },
  { digest: "short", time: "day", hasUpdates: false },
  { digest: "short", time: "none", hasUpdates: false },
  { digest: "none", time: "none", hasUpdates: false },
];

/**
 * Renders one row for each digest. Off a terminal nothing is shortened, for programs that cut out columns. On a terminal, digests and times
 * are shortened and then left out until a row fits; tags go on in further lines, and tags and sizes are never cut.
 */
function renderTable(list: ImageList, options: RenderOptions): string {
  const { columns = Infinity, style } = options;
  const render = (form: Form): ReturnType<typeof renderColumns> =>
    renderColumns(columnsOf(list, form, options), columns);
  const isUpdateKnown = list.images.some(({ updated }) => updated !== undefined);
  const whole = render(WHOLE);
  const forms = NARROWER.filter(({ hasUpdates }) => isUpdateKnown || !hasUpdates);
  const fitting = whole.fits === "without-breaks" ? whole : forms.map(render).find(({ fits }) => fits !== "not");
  const { lines } = fitting ?? render(NARROWER.at(-1) ?? WHOLE);
  const [head = "", ...rows] = lines;
  return [style.bold(head), ...rows, ""].join("\n");
}

function columnsOf({ repository, images }: ImageList, form: Form, options: RenderOptions): readonly Column[] {
  const escape = escapeFor(options);
  const column = (title: string, cell: (image: ShownImage) => string): Column => ({
    title,
    cells: images.map((image) => [cell(image)]),
  });
  const time = (date: Date | undefined): string => (date === undefined ? UNKNOWN : formatTime(date, form.time));
  const isBelow = ({ repository: own }: ShownImage): boolean =>
    own !== undefined && formatRepository(own) !== repository;
  return [
    ...(images.some(isBelow) ? [column("IMAGE", ({ repository: own }) => escape(nameBelow(repository, own)))] : []),
    ...(form.digest === "none"
      ? []
      : [column("DIGEST", ({ digest }) => (form.digest === "whole" ? digest : `${shortDigest(digest)}…`))]),
    {
      title: "TAGS",
      cells: images.map(({ tags }) =>
        tags.length === 0 ? ["-"] : tags.map((tag, at) => `${escape(tag)}${at < tags.length - 1 ? "," : ""}`),
      ),
    },
    ...(form.time === "none" ? [] : [column("CREATED", ({ created }) => time(created))]),
    ...(form.hasUpdates ? [column("UPDATED", ({ updated }) => time(updated))] : []),
    column("SIZE", ({ bytes }) => (bytes === undefined ? UNKNOWN : formatBytes(bytes))),
  ];
}

/** Returns the part of a repository's name that was not typed. */
function nameBelow(typed: string, own: Repository | undefined): string {
  const name = own === undefined ? typed : formatRepository(own);
  return name.startsWith(`${typed}/`) ? name.slice(typed.length + 1) : name;
}

/** `2026-03-01 12:00Z` or `2026-03-01`. */
function formatTime(time: Date, form: Form["time"]): string {
  const text = time.toISOString();
  return form === "day" ? text.slice(0, 10) : `${text.slice(0, 16).replace("T", " ")}Z`;
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
