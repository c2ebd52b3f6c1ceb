/** The style of the status page, in addition to the shared one: a table that becomes a list on a narrow screen. */
export const STATUS_STYLE = `
body { font-variant-numeric: tabular-nums; }
.small { font-size: 0.8125rem; }
.card:first-child { flex-basis: 15rem; }
progress { width: 100%; height: 0.75rem; accent-color: var(--move); }
.kept { border-collapse: collapse; width: 100%; }
.kept th, .kept td { padding: 0.4rem 1rem 0.4rem 0; text-align: left; vertical-align: top; border-top: 1px solid var(--line); }
.kept th { color: var(--faint); font-weight: 400; font-size: 0.8125rem; border-top: 0; }
@media (max-width: 44rem) {
  .kept thead { display: none; }
  .kept tr { display: flex; flex-wrap: wrap; gap: 0 1rem; padding: 0.4rem 0; border-top: 1px solid var(--line); }
  .kept td { padding: 0; border: 0; }
  .kept td:first-child { flex: 1 1 100%; }
  .kept td:last-child { margin-left: auto; }
  .kept td:last-child::before { content: "last success "; color: var(--faint); }
}
`;
