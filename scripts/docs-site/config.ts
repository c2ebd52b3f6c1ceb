import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitepress";
import { anchorOf } from "./anchors.ts";
import { navigationOf, titleOf } from "./navigation.ts";

/** Where the repository is, which the generator changes when it bundles this file. */
const root = process.env["IMGSYNC_SITE_ROOT"] ?? fileURLToPath(new URL("../..", import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), "utf8");
const { repository, description } = JSON.parse(read("package.json"));
const address = String(repository.url).replace(/^git\+|\.git$/g, "");
const groups = navigationOf(read("README.md"), (path) => titleOf(read(path)));

/** The site: the default theme with its dark mode, and a search that runs in the browser. Nothing is loaded from other hosts. */
export default defineConfig({
  title: "imgsync",
  description,
  lang: "en",
  cleanUrls: false,
  lastUpdated: false,
  metaChunk: true,
  // browsers ask for an icon otherwise
  head: [["link", { rel: "icon", href: "data:," }]],
  markdown: {
    anchor: { slugify: anchorOf },
    config: ({ renderer }) => {
      const { code_inline: code } = renderer.rules;
      // pages are text, and {{ }} in them no expression of Vue
      renderer.rules.code_inline = (...words) => (code?.(...words) ?? "").replace("<code", "<code v-pre");
    },
  },
  themeConfig: {
    search: { provider: "local" },
    outline: { level: [2, 3] },
    nav: [
      { text: "Install", link: "/docs/install" },
      { text: "First plan", link: "/#your-first-manifest" },
      { text: "Migrate", link: "/docs/migrating" },
      { text: "Manifest", link: "/docs/manifest" },
      { text: "Commands", link: "/docs/cli" },
    ],
    sidebar: groups.map(({ text, items }, at) => ({ text, items: [...items], collapsed: at > 1 })),
    socialLinks: [{ icon: "github", link: address }],
    externalLinkIcon: true,
  },
});
