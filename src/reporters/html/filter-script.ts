import { PICTURE_SCRIPT } from "./picture-script.ts";

/**
 * The script of a page with rows: shows the filter, hides rows that do not match, and shows the totals of those that do: in the summary, in
 * groups, next to the actions, and in the picture. It only reads text and sets `hidden`, `open`, numbers of a drawing and textContent, so
 * that no text on the page can become markup.
 */
export const FILTER_SCRIPT = `
"use strict";
(() => {
  const form = document.getElementById("filter");
  const [place, search, count] = ["place", "search", "count"].map((name) => form.elements[name]);
  const [summary, nothing] = ["summary", "nothing"].map((id) => document.getElementById(id));
  const wholeSummary = summary.textContent;
  const textOf = (element) => (element ? element.textContent : "");
  const formatCount = (count) => count.toLocaleString("en");
  const plural = (count, one) => formatCount(count) + " " + one + (count === 1 ? "" : "s");
  const formatBytes = (bytes) => {
    const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
    let unit = 0;
    for (; bytes >= (unit === 0 ? 1024 : 1023.95) && unit < 5; unit += 1) bytes /= 1024;
    return (unit === 0 ? Math.round(bytes) : bytes.toFixed(1)) + " " + units[unit];
  };
  ${PICTURE_SCRIPT}
  const rows = [...document.querySelectorAll("[data-action]")].map((row) => {
    const group = row.closest("[data-repository]");
    const registry = row.closest("[data-registry]");
    const { action, link, bytes } = row.dataset;
    return { row, group, registry, action, link, bytes, repository: Number(group?.dataset.repository), text: undefined };
  });
  const orphaned = [...document.querySelectorAll("[data-orphaned]")];
  const parts = [...document.querySelectorAll("[data-part]")].map((part) => ({ part, wasOpen: part.open === true }));
  const chips = [...form.querySelectorAll("[name=action]")];
  const counters = [...document.querySelectorAll("[data-count], [data-size]")].map((counter) => ({
    counter, part: counter.closest("[data-part]"), words: textOf(counter).replace(/^[\\d,]+ /, ""), whole: textOf(counter),
  }));
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
  const isInPlace = (one, { kind, number, words }) => {
    if (kind === "repository" && one.repository !== number) return false;
    if (kind === "registry" && registryOf.get(one.repository) !== number) return false;
    if (words.length === 0) return true;
    one.text ??= lookFor(one);
    return words.every((word) => one.text.includes(word));
  };
  const tally = (all) => {
    const counts = new Map();
    let [bytes, unknown] = [0, 0];
    for (const one of all) {
      counts.set(one.action, (counts.get(one.action) ?? 0) + 1);
      if (one.bytes === "") unknown += 1;
      else bytes += Number(one.bytes ?? 0);
    }
    return { counts, bytes, unknown };
  };
  const describe = ({ counts, bytes, unknown }) => [
    ...chips.flatMap(({ value, dataset }) => {
      const count = counts.get(value) ?? 0;
      return count === 0 ? [] : [formatCount(count) + " " + (count === 1 ? dataset.one : dataset.many)];
    }),
    ...(bytes === 0 ? [] : ["at most " + formatBytes(bytes) + " to move"]),
    ...(bytes === 0 || unknown === 0 ? [] : ["not counting " + formatCount(unknown) + " of unknown size"]),
  ].join(", ");
  const recount = (shown, isActive) => {
    const byPart = new Map();
    for (const one of isActive ? shown : [])
      for (let part = one.row.closest("[data-part]"); part; part = part.parentElement.closest("[data-part]"))
        (byPart.get(part) ?? byPart.set(part, []).get(part)).push(one);
    const tallies = new Map([...byPart].map(([part, all]) => [part, tally(all)]));
    for (const { counter, part, words, whole } of counters) {
      const { counts, bytes } = tallies.get(part) ?? tally([]);
      const value = counter.dataset.count === undefined ? bytes : (counts.get(counter.dataset.count) ?? 0);
      counter.hidden = isActive && value === 0;
      const text = counter.dataset.count === undefined ? "at most " + formatBytes(value) : formatCount(value) + " " + words;
      counter.textContent = isActive ? text : whole;
    }
  };
  const apply = () => {
    const actions = new Set(chips.filter(({ checked }) => checked).map(({ value }) => value));
    const [kind, number] = place.value.split(" ");
    const words = search.value.toLowerCase().split(/\\s+/).filter((word) => word !== "");
    const isActive = actions.size + words.length > 0 || kind !== "";
    const inPlace = isActive ? rows.filter((one) => isInPlace(one, { kind, number: Number(number), words })) : rows;
    const shown = actions.size === 0 ? inPlace : inPlace.filter(({ action }) => actions.has(action));
    const visible = new Set(shown);
    for (const one of rows) one.row.hidden = !visible.has(one);
    for (const one of orphaned)
      one.hidden = isActive && (actions.size > 0 || kind !== "" || !words.every((word) => textOf(one).toLowerCase().includes(word)));
    for (const { part, wasOpen } of parts) {
      part.hidden = isActive && part.querySelector("[data-action]:not([hidden]), [data-orphaned]:not([hidden])") === null;
      if (part.localName === "details") part.open = isActive ? !part.hidden : wasOpen;
    }
    const { counts } = tally(inPlace);
    for (const chip of chips) chip.parentElement.querySelector("b").textContent = formatCount(counts.get(chip.value) ?? 0);
    recount(shown, isActive);
    drawPicture(isActive ? shown : undefined);
    nothing.hidden = shown.length > 0 || orphaned.some((one) => !one.hidden);
    summary.textContent = isActive ? "Filtered: " + (describe(tally(shown)) || "nothing") : wholeSummary;
    count.textContent = isActive ? formatCount(shown.length) + " of " + formatCount(rows.length) : plural(rows.length, "row");
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
