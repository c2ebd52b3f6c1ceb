import { createHash } from "node:crypto";
import { html, type Html, ours } from "./escape.ts";
import { STYLE } from "./style.ts";

type DocumentOptions = {
  /** How often the browser reloads the page. */
  readonly refreshSeconds?: number;
  /** In addition to the shared style of all pages. */
  readonly style?: string;
  readonly script?: string;
};

/** Renders a self-contained page. Its policy allows no other script or style. */
export function renderDocument(
  title: string,
  body: Html,
  { refreshSeconds, style = "", script }: DocumentOptions = {},
): string {
  const css = STYLE + style;
  const refresh = refreshSeconds === undefined ? [] : [html`<meta http-equiv="refresh" content="${refreshSeconds}" />`];
  const scripts = script === undefined ? [] : [ours(`<script>${script}</script>`)];
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${ours(policyFor(css, script))}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        ${refresh}
        <title>${title}</title>
        ${ours(`<style>${css}</style>`)}
      </head>
      <body>
        ${body} ${scripts}
      </body>
    </html>`;
  return `${page.html}\n`;
}

/** Allows script and style by hash, so that injected markup cannot add its own (CSP Level 3, "script-src"). */
function policyFor(style: string, script: string | undefined): string {
  const scripts = script === undefined ? "" : `; script-src ${hashOf(script)}`;
  return `default-src 'none'; style-src ${hashOf(style)}${scripts}; base-uri 'none'; form-action 'none'`;
}

function hashOf(text: string): string {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}
