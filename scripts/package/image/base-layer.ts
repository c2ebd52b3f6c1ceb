import { lstat, readdir, readFile, readlink } from "node:fs/promises";
import { join } from "node:path";
import type { Entry } from "../archive/tar.ts";
import type { DebianPackage } from "./debian.ts";

/** The user of the image, as in other images without a shell. */
export const USER = 65_532;
export const HOME = "/home/nonroot";
/** Where the manifest is mounted. */
export const WORK_FOLDER = "/work";

const DOCUMENTS = "usr/share/doc/";
/** Needed by nothing in the image: character sets for iconv, and programs that profile others. */
const UNUSED = /\/(?:gconv|audit)\/|lib(?:memusage|pcprofile|c_malloc_debug|thread_db)\.so/;

/** Returns the files below imgsync: the libraries of Node.js with their licences, and what getaddrinfo and getpwuid read. No shell. */
export async function baseEntries(packages: readonly DebianPackage[]): Promise<readonly Entry[]> {
  const unpacked = await Promise.all(packages.map(entriesOf));
  return [
    ...unpacked.flat(),
    // the loader's path in every executable; Debian's base-files, which has these links, would also bring files that are not needed
    { path: "lib", link: "usr/lib" },
    ...(packages.some(({ architecture }) => architecture === "amd64") ? [{ path: "lib64", link: "usr/lib64" }] : []),
    { path: "etc/passwd", content: `root:x:0:0:root:/root:/none\nnonroot:x:${USER}:${USER}:nonroot:${HOME}:/none\n` },
    { path: "etc/group", content: `root:x:0:\nnonroot:x:${USER}:\n` },
    { path: "etc/nsswitch.conf", content: "hosts: files dns\n" },
    { path: HOME.slice(1), folder: true },
    { path: WORK_FOLDER.slice(1), folder: true },
    { path: "tmp", folder: true, mode: 0o1777 },
  ];
}

async function entriesOf({ name, folder, control }: DebianPackage): Promise<readonly Entry[]> {
  const paths = await readdir(folder, { recursive: true });
  const entries = await Promise.all(
    paths.filter(isWanted).map(async (path): Promise<readonly Entry[]> => {
      const full = join(folder, path);
      const status = await lstat(full);
      if (status.isSymbolicLink()) return [{ path, link: await readlink(full) }];
      return status.isFile() ? [{ path, content: await readFile(full), mode: status.mode & 0o755 }] : [];
    }),
  );
  return [...entries.flat(), { path: `var/lib/dpkg/status.d/${name}`, content: control }];
}

function isWanted(path: string): boolean {
  if (path.startsWith("DEBIAN") || UNUSED.test(path)) return false;
  if (!path.startsWith("usr/share/")) return true;
  return path.startsWith(DOCUMENTS) && (path.endsWith("/copyright") || !path.slice(DOCUMENTS.length).includes("/"));
}
