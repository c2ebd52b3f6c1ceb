/**
 * The script of a page with rows: shows the filter and hides rows that do not match. It only reads text and sets `hidden`, `open` and
 * textContent, so that no text on the page can become markup.
 */
export const FILTER_SCRIPT = `
"use strict";
(() => {
  const form = document.getElementById("filter");
  const [place, search, count] = ["place", "search", "count"].map((name) => form.elements[name]);
  const textOf = (element) => (element ? element.textContent : "");
  const rows = [...document.querySelectorAll("[data-action]")].map((row) => {
    const group = row.closest("[data-repository]");
    const registry = row.closest("[data-registry]");
    return { row, group, registry, repository: Number(group?.dataset.repository), text: undefined };
  });
  const parts = [...document.querySelectorAll("[data-part]")].map((part) => ({ part, wasOpen: part.open === true }));
  const registryOf = new Map();
  for (const option of place.options) {
    const [kind, repository, registry] = option.value.split(" ");
    if (kind === "repository") registryOf.set(Number(repository), Number(registry));
  }
  const lookFor = (one) => {
    const heading = one.registry === null ? "" : textOf(one.registry.querySelector("h3")) + "/";
    const name = one.group === one.row || one.group === null ? "" : textOf(one.group.querySelector(".name")) + ":";
    return (heading + name + textOf(one.row.querySelector(".tag")) + " " + textOf(one.row)).toLowerCase();
  };
  const isChosen = (one, { actions, kind, number, words }) => {
    if (actions.size > 0 && !actions.has(one.row.dataset.action)) return false;
    if (kind === "repository" && one.repository !== number) return false;
    if (kind === "registry" && registryOf.get(one.repository) !== number) return false;
    if (words.length === 0) return true;
    one.text ??= lookFor(one);
    return words.every((word) => one.text.includes(word));
  };
  const apply = () => {
    const actions = new Set([...form.querySelectorAll("[name=action]:checked")].map(({ value }) => value));
    const [kind, number] = place.value.split(" ");
    const words = search.value.toLowerCase().split(/\\s+/).filter((word) => word !== "");
    const isActive = actions.size + words.length > 0 || kind !== "";
    let shown = 0;
    for (const one of rows) {
      one.row.hidden = isActive && !isChosen(one, { actions, kind, number: Number(number), words });
      if (!one.row.hidden) shown += 1;
    }
    for (const { part, wasOpen } of parts) {
      part.hidden = isActive && part.querySelector("[data-action]:not([hidden])") === null;
      if (part.localName === "details") part.open = isActive ? !part.hidden : wasOpen;
    }
    const all = rows.length.toLocaleString("en");
    count.textContent = isActive ? shown.toLocaleString("en") + " of " + all : all + (rows.length === 1 ? " row" : " rows");
    form.elements["clear"].hidden = !isActive;
  };
  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.elements["clear"].addEventListener("click", () => {
    form.reset();
    apply();
  });
  form.hidden = false;
  apply();
})();
`;
