import { layOut } from "./flow-layout.ts";

/**
 * A part of the script of the filter: `drawPicture(rows)` draws what the given rows move, and `drawPicture(undefined)` the whole plan. It
 * uses `formatBytes`, `formatCount` and `plural`.
 */
export const PICTURE_SCRIPT = `
  const layOut = ${String(layOut)};
  const figure = document.getElementById("flow");
  const links = figure === null ? [] : [...figure.querySelectorAll("tr[data-link]")].map((row) => {
    const [source, target] = row.dataset.nodes.split(" ").map(Number);
    return { row, source, target, whole: { tags: Number(row.dataset.tags), bytes: Number(row.dataset.bytes) } };
  });
  const amountOf = ({ tags, bytes }) => plural(tags, "tag") + (bytes === 0 ? "" : ", " + formatBytes(bytes));
  const NOTHING = { tags: 0, bytes: 0 };
  const add = (amounts, key, { tags, bytes }) => {
    const before = amounts.get(key) ?? NOTHING;
    amounts.set(key, { tags: before.tags + tags, bytes: before.bytes + bytes });
  };
  const retitle = (element, amount) => {
    const title = element.querySelector("title");
    title.textContent = title.textContent.slice(0, title.textContent.lastIndexOf(": ") + 2) + amountOf(amount);
  };
  const redraw = (svg, amounts, nodes, measure) => {
    const { width, label } = svg.dataset;
    const size = { width: Number(width), label: Number(label) };
    const drawing = layOut(links.map(({ source, target }, at) => (
      { source, target, amount: amounts[at].tags === 0 ? undefined : amounts[at][measure] })), size);
    svg.setAttribute("viewBox", "0 0 " + width + " " + drawing.height);
    for (const [at, group] of [...svg.querySelectorAll("[data-link]")].entries()) {
      const { stroke, band, bars } = drawing.bands[at];
      group.setAttribute("stroke-width", stroke);
      group.querySelector(".band").setAttribute("d", band);
      group.querySelector(".bar").setAttribute("d", bars);
      group.toggleAttribute("hidden", amounts[at].tags === 0);
      retitle(group, amounts[at]);
    }
    for (const node of svg.querySelectorAll("[data-node]")) {
      const [side, at] = node.dataset.node.split(" ");
      const [middle, amount] = [drawing[side][at], nodes.get(node.dataset.node) ?? NOTHING];
      node.toggleAttribute("hidden", middle === undefined);
      if (middle !== undefined) node.setAttribute("transform", "translate(0 " + middle + ")");
      retitle(node, amount);
      const isBrief = svg.classList.contains("narrow") && amount.bytes > 0;
      node.querySelector(".amount").textContent = isBrief ? formatBytes(amount.bytes) : amountOf(amount);
    }
    const count = (side) => plural(drawing[side + "s"].filter((one) => one !== undefined).length, side);
    svg.querySelector("desc").textContent = amountOf(nodes.get("all") ?? NOTHING) + ", from " + count("source") + " to " + count("target") + ". A table with the same follows.";
  };
  const drawPicture = (rows) => {
    if (figure === null) return;
    const moved = new Map();
    for (const { link, bytes } of rows ?? []) if (link !== undefined) add(moved, link, { tags: 1, bytes: Number(bytes) });
    const amounts = links.map(({ row, whole }) => (rows === undefined ? whole : (moved.get(row.dataset.link) ?? NOTHING)));
    const nodes = new Map();
    for (const [at, { row, source, target }] of links.entries()) {
      for (const key of ["all", "sources " + source, "targets " + target]) add(nodes, key, amounts[at]);
      row.hidden = amounts[at].tags === 0;
      row.querySelector(".tags").textContent = formatCount(amounts[at].tags);
      row.querySelector(".size").textContent = amounts[at].bytes === 0 ? "unknown" : formatBytes(amounts[at].bytes);
    }
    // what only attaches has no size: its tags are counted, as in a plan without sizes
    const measure = amounts.every(({ bytes }) => bytes === 0) ? "tags" : figure.dataset.measure;
    for (const svg of figure.querySelectorAll("svg")) redraw(svg, amounts, nodes, measure);
    figure.parentElement.hidden = links.every(({ row }) => row.hidden);
  };
`;
