/** The shared style of all pages: the reader's light or dark theme, from a width of 320 pixels, and print. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --ink: light-dark(#1c2128, #e6e9ee);
  --faint: light-dark(#59636e, #9aa4b1);
  --paper: light-dark(#ffffff, #14181d);
  --card: light-dark(#f5f7f9, #1c2229);
  --line: light-dark(#d5dbe1, #333c47);
  --good: light-dark(#176f2c, #57c272);
  --bad: light-dark(#b42318, #ff8b80);
  --warn: light-dark(#8a5a00, #e8b44c);
  --move: light-dark(#0b5cad, #74b4f5);
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 68rem; padding: 1rem; font: 1rem/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); }
h1 { font-size: 1.4rem; margin: 0.5rem 0; }
h1, p, li { overflow-wrap: anywhere; }
h2 { font-size: 1.1rem; margin: 2rem 0 0.5rem; }
p { margin: 0.25rem 0; }
code, .name { font: 0.9em/1.4 ui-monospace, monospace; overflow-wrap: anywhere; }
.whole { white-space: nowrap; }
.faint { color: var(--faint); }
.good { color: var(--good); } .bad { color: var(--bad); } .warn { color: var(--warn); } .move { color: var(--move); }
.cards { display: flex; flex-wrap: wrap; gap: 0.75rem; margin: 1rem 0; }
.card { flex: 1 1 9rem; padding: 0.6rem 0.9rem; background: var(--card); border: 1px solid var(--line); border-radius: 0.5rem; }
.card b { display: block; font-size: 1.25rem; overflow-wrap: anywhere; }
.notice { padding: 0.6rem 0.9rem; border-left: 0.25rem solid var(--warn); background: var(--card); overflow-wrap: anywhere; }
ul.list { list-style: none; margin: 0; padding: 0; }
ul.list > li { padding: 0.5rem 0; border-top: 1px solid var(--line); }
ul.list > li:last-child { border-bottom: 1px solid var(--line); }
.row { display: flex; flex-wrap: wrap; gap: 0.15rem 1rem; justify-content: space-between; }
details > summary { cursor: pointer; }
details > summary .row { display: inline-flex; width: calc(100% - 1.5rem); vertical-align: top; }
details ul { margin: 0.25rem 0 0.5rem; padding-left: 1.5rem; }
footer { margin-top: 2rem; color: var(--faint); font-size: 0.85rem; }
`;
