/** The style of plan pages, in addition to the shared one: dense rows that become small cards on a narrow screen. */
export const PLAN_STYLE = `
[hidden] { display: none !important; }
body { font-size: 0.9375rem; font-variant-numeric: tabular-nums; max-width: 76rem; }
h3 { font-size: 1rem; margin: 1.25rem 0 0.25rem; overflow-wrap: anywhere; }
.summary { font-size: 1.1rem; font-weight: 600; margin: 0.25rem 0; }
.small { font-size: 0.8125rem; }
.filter { position: sticky; top: 0; z-index: 1; display: flex; flex-wrap: wrap; gap: 0.4rem 0.5rem; align-items: center; margin: 1rem 0 0; padding: 0.6rem 0; background: var(--paper); border-bottom: 1px solid var(--line); }
.filter input[type=search], .filter select, .filter button { font: inherit; font-size: 0.875rem; line-height: 1.3rem; min-width: 0; max-width: 100%; padding: 0.3rem 0.55rem; color: inherit; background: var(--card); border: 1px solid var(--line); border-radius: 0.4rem; }
.filter input[type=search] { flex: 1 1 13rem; }
.filter select { flex: 0 1 12rem; text-overflow: ellipsis; }
.filter output { flex: none; color: var(--faint); font-size: 0.8125rem; }
.chip { display: inline-flex; gap: 0.35rem; align-items: center; padding: 0.2rem 0.6rem; font-size: 0.8125rem; border: 1px solid var(--line); border-radius: 1rem; cursor: pointer; user-select: none; }
.chip:has(:checked) { background: var(--card); border-color: currentColor; box-shadow: inset 0 0 0 1px currentColor; }
.chip input { position: absolute; opacity: 0; pointer-events: none; }
.chip:has(:focus-visible), summary:focus-visible { outline: 2px solid var(--move); outline-offset: 2px; }
.whole-digests { display: inline-flex; gap: 0.4rem; align-items: center; color: var(--faint); font-size: 0.8125rem; }
.group { margin: 0.25rem 0; border: 1px solid var(--line); border-radius: 0.5rem; overflow: hidden; }
.group > summary { padding: 0.4rem 0.75rem; background: var(--card); }
.counts { display: inline-flex; flex-wrap: wrap; gap: 0 0.75rem; margin-left: 0.5rem; font-size: 0.8125rem; vertical-align: bottom; }
.group ul.list { margin: 0; padding: 0; }
.group ul.list > li:last-child { border-bottom: 0; }
div.group ul.list > li:first-child { border-top: 0; }
.list > .change { display: grid; grid-template: "action tag digest size" auto "action why why why" auto / 5.25rem minmax(8rem, 16rem) 1fr auto; gap: 0 0.9rem; padding: 0.35rem 0.75rem; }
.list > .change.whole-name { grid-template: "action tag size" auto "action digest digest" auto "action why why" auto / 5.25rem 1fr auto; }
.action { grid-area: action; font-size: 0.8125rem; font-weight: 600; line-height: 1.35rem; }
.tag { grid-area: tag; }
.tag.name, .tag .name { font-weight: 600; }
.digests { grid-area: digest; font-size: 0.8125rem; line-height: 1.35rem; color: var(--faint); }
.size { grid-area: size; text-align: right; white-space: nowrap; font-size: 0.875rem; line-height: 1.35rem; }
.why { grid-area: why; color: var(--faint); font-size: 0.8125rem; overflow-wrap: anywhere; }
.why p { margin: 0; }
.why .bad, .why .warn, .why .hint { font-size: 0.9375rem; }
.why .hint { color: var(--ink); }
.digest { display: inline-block; max-width: 19ch; overflow: hidden; vertical-align: bottom; white-space: nowrap; user-select: all; font-size: 0.8125rem; line-height: 1.35rem; color: var(--ink); }
body:has(#whole-digests:checked) .digest { display: inline; max-width: none; white-space: normal; overflow-wrap: anywhere; }
.fold > summary { margin-top: 2rem; }
.fold > summary h2 { display: inline; }
figure { margin: 0.5rem 0; padding: 0.75rem; background: var(--card); border: 1px solid var(--line); border-radius: 0.5rem; }
figure svg { display: block; width: 100%; height: auto; margin: 0 auto; }
.wide { max-width: 58rem; }
.narrow { display: none !important; max-width: 24rem; }
figcaption { margin-top: 0.5rem; color: var(--faint); font-size: 0.8125rem; }
.band { fill: none; stroke: var(--move); stroke-opacity: 0.35; }
g:hover > .band { stroke-opacity: 0.7; }
.bar { fill: none; stroke: var(--move); }
.node-name { fill: var(--ink); font: 600 11px ui-monospace, monospace; }
.node-line { fill: var(--faint); font: 11px ui-monospace, monospace; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 0.8125rem; }
th, td { padding: 0.3rem 0.75rem 0.3rem 0; text-align: left; vertical-align: top; border-top: 1px solid var(--line); }
th { color: var(--faint); font-weight: 400; }
.number { text-align: right; white-space: nowrap; padding-right: 0; }
@media (max-width: 44rem) {
  .summary { font-size: 1rem; }
  .filter { position: static; }
  .filter select { flex: 1 1 100%; }
  .list > .change, .list > .change.whole-name { grid-template: "action size" auto "tag tag" auto "digest digest" auto "why why" auto / 1fr auto; padding: 0.5rem 0.75rem; }
  .wide { display: none !important; }
  .narrow { display: block !important; }
}
@media print { .filter, .whole-digests { display: none; } }
`;
