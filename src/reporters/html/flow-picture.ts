import { formatCount, plural } from "../words/format.ts";
import { formatBytes } from "../../model/size.ts";
import { forTerminal } from "../../text/sanitize.ts";
import { html, type Html, ours } from "./escape.ts";
import type { Flow, FlowNode } from "./flow.ts";
import { type DrawingSize, layOut } from "./flow-layout.ts";

/** One of the drawings, in pixels at full width. */
type Layout = DrawingSize & { readonly name: "wide" | "narrow" };

type Amount = { readonly tags: number; readonly bytes: number };

/** The labels of a single drawing would be illegible on a phone, so there are two; the page shows the one that fits. */
const LAYOUTS: readonly Layout[] = [
  { name: "wide", width: 928, label: 300 },
  { name: "narrow", width: 328, label: 126 },
];
const LETTER = 6.7;
const LINE = 14;

/**
 * Renders sources on the left, targets on the right, and bands between them, as thick as the amount that moves; and the same as a table.
 */
export function renderFlow(flow: Flow): Html {
  return html`<figure id="flow" data-measure="${flow.measure}">
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
  const { name, width, label: room } = layout;
  const links = flow.links.map((link) => ({ ...link, amount: link[flow.measure] }));
  const drawing = layOut(links, layout);
  const bands = flow.links.map((link, at) => {
    const { stroke = "0", band = "", bars = "" } = drawing.bands[at] ?? {};
    const title = `${nameOf(flow.sources[link.source])} → ${nameOf(flow.targets[link.target])}: ${amountOf(link)}`;
    return html`<g data-link="${at}" stroke-width="${ours(stroke)}"
      ><title>${title}</title><path class="band" d="${ours(band)}" /><path class="bar" d="${ours(bars)}"
    /></g>`;
  });
  const labels = (side: "source" | "target", nodes: readonly FlowNode[]): readonly Html[] =>
    nodes.map((node, at) => label({ node, at, middle: drawing[`${side}s`][at] ?? 0, layout, side }));
  const id = `flow-${name}`;
  return html`<svg
    class="${name}"
    viewBox="0 0 ${width} ${ours(String(drawing.height))}"
    data-width="${width}"
    data-label="${room}"
    role="img"
    aria-labelledby="${id}-title"
    aria-describedby="${id}-text"
  >
    <title id="${id}-title">Sources and targets</title>
    <desc id="${id}-text">${describe(flow)}</desc>
    ${bands}${labels("source", flow.sources)}${labels("target", flow.targets)}
  </svg>`;
}

type Label = {
  readonly node: FlowNode;
  readonly at: number;
  readonly middle: number;
  readonly layout: Layout;
  readonly side: "source" | "target";
};

/** The lines are placed around the middle of the node, which the script of the filter moves. */
function label({ node, at, middle, layout, side }: Label): Html {
  const { width, label } = layout;
  const isSource = side === "source";
  const names = node.path === "" ? [node.host] : [node.path, node.host];
  const lines = [...names, layout.name === "narrow" ? briefAmountOf(node) : amountOf(node)];
  const x = isSource ? label - 8 : width - label + 8;
  const texts = lines.map((line, index) => {
    const text = shorten(line, Math.floor((label - 8) / LETTER));
    const anchor = isSource ? html` text-anchor="end"` : html``;
    const style = index === 0 ? "node-name" : index < names.length ? "node-line" : "node-line amount";
    const y = (index - lines.length / 2) * LINE + 10.5;
    return html`<text class="${style}" x="${x}" y="${ours(String(y))}" ${anchor}>${text}</text>`;
  });
  return html`<g data-node="${side}s ${at}" transform="translate(0 ${ours(String(middle))})"
    ><title>${nameOf(node)}: ${amountOf(node)}</title>${texts}</g
  >`;
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
    ({ source, target, ...amount }, at) =>
      html`<tr
        data-link="${at}"
        data-nodes="${source} ${target}"
        data-tags="${amount.tags}"
        data-bytes="${amount.bytes}"
      >
        <td class="name">${nameOf(sources[source])}</td>
        <td class="name">${nameOf(targets[target])}</td>
        <td class="number tags">${formatCount(amount.tags)}</td>
        <td class="number size">${sizeOf(amount)}</td>
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

/** The part of an amount that a narrow drawing has room for. */
function briefAmountOf(amount: Amount): string {
  return amount.bytes === 0 ? amountOf(amount) : sizeOf(amount);
}

function sizeOf({ bytes }: Amount): string {
  return bytes === 0 ? "unknown" : formatBytes(bytes);
}
