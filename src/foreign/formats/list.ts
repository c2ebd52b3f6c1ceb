import { parseListLine } from "./list-line.ts";
import type { Format } from "./format.ts";

/** One image on each line, as in images.txt: with comments, `docker pull`, and platforms. */
export const list: Format = {
  name: "list",
  title: "a list of images",
  needsTarget: true,
  readsAllDocuments: true,
  recognises: ({ text }) => {
    const lines = linesOf(text);
    // one word alone could be anything
    const isLikely = lines.length > 1 || lines.some(({ line }) => /[/:@]/.test(line));
    const images = lines.filter(({ line }) => parseListLine(line) !== undefined);
    // a few wrong lines are reported one by one; a line with a key is of a file that should be YAML
    const isKeyed = lines.some(({ line }) => /:(?:\s|$)/.test(line));
    return isLikely && (images.length === lines.length || (!isKeyed && images.length * 2 > lines.length));
  },
  read: ({ text, file }, out) => {
    for (const { line, number } of linesOf(text)) {
      const place = { file, line: number };
      const parsed = parseListLine(line);
      if (parsed === undefined) {
        out.lose(place, "a line that is not an image", "correct it, and import again");
        continue;
      }
      const { image, platform } = parsed;
      out.addImage(image, place, { settings: platform === undefined ? {} : { platforms: [platform] } });
    }
  },
};

function linesOf(text: string): readonly { readonly line: string; readonly number: number }[] {
  return text
    .split(/\r\n|\r|\n/)
    .map((line, at) => ({ line: line.replace(/(?:^|\s)#.*$/, "").trim(), number: at + 1 }))
    .filter(({ line }) => line !== "" && line !== "---");
}
