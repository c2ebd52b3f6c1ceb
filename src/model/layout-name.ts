/** The prefix of an OCI layout, as in skopeo and podman: `oci:FOLDER:TAG`. */
const SCHEME = "oci:";
const MAX_LENGTH = 1024;
// oxlint-disable-next-line no-control-regex -- the pattern looks for control characters
const UNFIT = /[\u0000-\u001f\u007f:@\\]/;

export function hasLayoutScheme(text: string): boolean {
  return text.startsWith(SCHEME);
}

/** Whether the repository is a folder on this machine, which never causes a network request. */
export function isLayout({ host }: { readonly host: string }): boolean {
  return hasLayoutScheme(host);
}

/** The folder as written, relative to the folder of images.yaml. */
export function layoutFolder({ host }: { readonly host: string }): string {
  return host.slice(SCHEME.length);
}

/** Normalises the folder, so that one folder has one name: `oci:./a//b/` becomes `oci:a/b`. */
export function parseLayoutName(text: string): string | { readonly problem: string; readonly hint?: string } {
  const folder = text.slice(SCHEME.length);
  if (folder === "") return { problem: `"${text}" names no folder`, hint: "write oci:FOLDER:TAG" };
  if (folder.length > MAX_LENGTH) return { problem: `the name of the folder has more than ${MAX_LENGTH} characters` };
  if (UNFIT.test(folder)) {
    return {
      problem: `"${text}" has a character that is not allowed in the folder of an OCI layout`,
      hint: "choose a folder without colons, @, backslashes and control characters",
    };
  }
  return SCHEME + normalise(folder);
}

function normalise(folder: string): string {
  const parts: string[] = [];
  const isAbsolute = folder.startsWith("/");
  for (const part of folder.split("/")) {
    if (part === "" || part === ".") continue;
    const isUp = part === ".." && parts.length > 0 && parts.at(-1) !== "..";
    if (isUp) parts.pop();
    else if (part !== ".." || !isAbsolute) parts.push(part);
  }
  const short = parts.join("/");
  return isAbsolute ? `/${short}` : short === "" ? "." : short;
}
