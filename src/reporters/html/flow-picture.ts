import { formatBytes, formatCount, plural } from "../words/format.ts";
import { forTerminal } from "../../text/sanitize.ts";
import { html, type Html, ours } from "./escape.ts";
import type { Flow, FlowNode } from "./flow.ts";

/** The dimensions of a drawing, in pixels at full width. */
type Layout = { readonly name: "wide" | "narrow"; readonly width: number; readonly label: number };

type Amount = { readonly tags: number; readonly bytes: number };
type Box = { readonly top: number; readonly height: number };

/** The labels of a single drawing would be illegible on a phone, so there are two; the page shows the one that fits. */
const LAYOUTS: readonly Layout[] = [
  { name: "wide", width: 928, label: 300 },
  { name: "narrow", width: 328, label: 126 },
];
const LETTER = 6.7;
const LINE = 14;
/** Three lines of text, plus spacing. */
const SLOT = 3 * LINE + 8;
const BAR = 6;
/** The total height of the bands of a side, and the minimum height of a band. */
const HEIGHT = 180;
const THINNEST = 1.5;

/**
 * Renders sources on the left, targets on the right, and bands between them, as thick as the amount that moves; and the same as a table.
 */
export function renderFlow(flow: Flow): Html {
  return html`<figure>
    ${LAYOUTS.map((layout) => draw(flow, layout))}
    <figcaption>
      ${flow.measure === "bytes" ? "At most: content that a target already has is not transferred." : "No sizes are known, so bands show the number of tags."}
      <details>
        <summary>As a table</summary>
        ${table(flow)}
      </details>
    </figcaption>
  </figure>`;
}

function draw(flow: Flow, layout: Layout): Html {
  const thickness = thicknessOf(flow);
  const sides = {
    source: stack(flow.sources.map((_, at) => total(flow, thickness, "source", at))),
    target: stack(flow.targets.map((_, at) => total(flow, thickness, "target", at))),
  };
  const height = Math.max(sides.source.height, sides.target.height);
  const used = { source: flow.sources.map(() => 0), target: flow.targets.map(() => 0) };
  const top = (side: "source" | "target", at: number, thick: number): number => {
    const box = shifted(sides[side], height, at);
    const before = used[side][at] ?? 0;
    used[side][at] = before + thick;
    return box.top + before + thick / 2;
  };
  const bands = flow.links.map((link, at) => {
    const thick = thickness[at] ?? THINNEST;
    const [from, to] = [top("source", link.source, thick), top("target", link.target, thick)];
    const title = `${nameOf(flow.sources[link.source])} → ${nameOf(flow.targets[link.target])}: ${amountOf(link)}`;
    const path = curve({ left: layout.label + BAR, right: layout.width - layout.label - BAR, from, to });
    return html`<path class="band" d="${ours(path)}" stroke-width="${ours(round(thick))}"
      ><title>${title}</title></path
    >`;
  });
  const sources = flow.sources.map((node, at) => label(node, shifted(sides.source, height, at), layout, "source"));
  const targets = flow.targets.map((node, at) => label(node, shifted(sides.target, height, at), layout, "target"));
  const id = `flow-${layout.name}`;
  return html`<svg
    class="${layout.name}"
    viewBox="0 0 ${layout.width} ${ours(round(height))}"
    role="img"
    aria-labelledby="${id}-title"
    aria-describedby="${id}-text"
  >
    <title id="${id}-title">Sources and targets</title>
    <desc id="${id}-text">${describe(flow)}</desc>
    ${bands}${sources}${targets}
  </svg>`;
}

/** Returns the thickness of each link, in proportion to the amount that moves. */
function thicknessOf({ links, measure }: Flow): readonly number[] {
  const all = links.reduce((sum, link) => sum + link[measure], 0);
  return links.map((link) => Math.max(THINNEST, all === 0 ? 0 : (link[measure] / all) * HEIGHT));
}

function total(flow: Flow, thickness: readonly number[], side: "source" | "target", node: number): number {
  return flow.links.reduce((sum, link, at) => sum + (link[side] === node ? (thickness[at] ?? 0) : 0), 0);
}

/** Centres each bar in a slot that also has room for its label. */
function stack(heights: readonly number[]): { readonly boxes: readonly Box[]; readonly height: number } {
  let top = 0;
  const boxes = heights.map((height) => {
    const place = Math.max(SLOT, height + 8);
    const box = { top: top + (place - height) / 2, height };
    top += place;
    return box;
  });
  return { boxes, height: top };
}

/** Centres the shorter side next to the taller one. */
function shifted(side: ReturnType<typeof stack>, height: number, at: number): Box {
  const box = side.boxes[at] ?? { top: 0, height: 0 };
  return { ...box, top: box.top + (height - side.height) / 2 };
}

function curve(place: {
  readonly left: number;
  readonly right: number;
  readonly from: number;
  readonly to: number;
}): string {
  const { left, right, from, to } = place;
  const middle = (left + right) / 2;
  return `M${left} ${round(from)}C${middle} ${round(from)} ${middle} ${round(to)} ${right} ${round(to)}`;
}

function label(node: FlowNode, { top, height }: Box, { width, label }: Layout, side: "source" | "target"): Html {
  const isSource = side === "source";
  const lines = [...(node.path === "" ? [node.host] : [node.path, node.host]), amountOf(node)];
  const first = top + height / 2 - (lines.length / 2) * LINE + 10.5;
  const x = isSource ? label - 8 : width - label + 8;
  const texts = lines.map((line, at) => {
    const text = shorten(line, Math.floor((label - 8) / LETTER));
    const anchor = isSource ? html` text-anchor="end"` : html``;
    return html`<text
      class="${at === 0 ? "node-name" : "node-line"}"
      x="${x}"
      y="${ours(round(first + at * LINE))}"
      ${anchor}
      >${text}</text
    >`;
  });
  const bar = html`<rect
    class="bar"
    x="${isSource ? label : width - label - BAR}"
    y="${ours(round(top))}"
    width="${BAR}"
    height="${ours(round(Math.max(THINNEST, height)))}"
  />`;
  return html`<g><title>${nameOf(node)}: ${amountOf(node)}</title>${bar}${texts}</g>`;
}

/** Shortens the middle: the end of a name is more significant. */
function shorten(text: string, max: number): string {
  const characters = Array.from(forTerminal(text));
  if (characters.length <= max) return characters.join("");
  const end = Math.ceil((max - 1) * 0.6);
  return `${characters.slice(0, max - 1 - end).join("")}…${characters.slice(-end).join("")}`;
}

function table({ links, sources, targets }: Flow): Html {
  const rows = links.map(
    ({ source, target, ...amount }) =>
      html`<tr>
        <td class="name">${nameOf(sources[source])}</td>
        <td class="name">${nameOf(targets[target])}</td>
        <td class="number">${formatCount(amount.tags)}</td>
        <td class="number">${sizeOf(amount)}</td>
      </tr>`,
  );
  return html`<div class="scroll">
    <table>
      <thead>
        <tr>
          <th scope="col">from</th>
          <th scope="col">to</th>
          <th scope="col" class="number">tags</th>
          <th scope="col" class="number">size</th>
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`;
}

function describe({ links, sources, targets }: Flow): string {
  const all = links.reduce((sum, { tags, bytes }) => ({ tags: sum.tags + tags, bytes: sum.bytes + bytes }), {
    tags: 0,
    bytes: 0,
  });
  return `${amountOf(all)}, from ${plural(sources.length, "source")} to ${plural(targets.length, "target")}. A table with the same follows.`;
}

function nameOf(node: FlowNode | undefined): string {
  if (node === undefined) return "";
  return node.path === "" ? node.host : `${node.host}/${node.path}`;
}

function amountOf(amount: Amount): string {
  const tags = plural(amount.tags, "tag");
  return amount.bytes === 0 ? tags : `${tags}, ${sizeOf(amount)}`;
}

function sizeOf({ bytes }: Amount): string {
  return bytes === 0 ? "unknown" : formatBytes(bytes);
}

/** Rounds to one decimal, so that paths are short and the same on every machine. */
function round(value: number): string {
  return String(Math.round(value * 10) / 10);
}
