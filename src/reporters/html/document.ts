import { html, type Html } from "./escape.ts";
import { STYLE } from "./style.ts";

/** A whole page that needs nothing from anywhere else. `refreshSeconds` lets the browser ask again. */
export function renderDocument(
  title: string,
  body: Html,
  { refreshSeconds }: { readonly refreshSeconds?: number } = {},
): string {
  const refresh = refreshSeconds === undefined ? [] : [html`<meta http-equiv="refresh" content="${refreshSeconds}" />`];
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        ${refresh}
        <title>${title}</title>
        ${STYLE}
      </head>
      <body>
        ${body}
      </body>
    </html> `.html;
}
