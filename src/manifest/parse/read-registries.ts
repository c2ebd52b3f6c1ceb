import { formatPrefix, isProblem, parsePrefix, type ReferenceProblem, type Repository } from "../../model/reference.ts";
import type { RegistryAuth, RegistrySettings, SettingsFile } from "../../model/sync-manifest.ts";
import type { RegistrySettings as WrittenSettings } from "../../schema/generated/images.ts";
import { readAuth } from "../../schema/registry-auth.ts";
import type { FileContext } from "./file-context.ts";
import { keyRange, type Node, nodeAt, type Path } from "./nodes.ts";
import { defined } from "../../model/defined.ts";

type Section = { readonly root: Node; readonly context: FileContext; readonly isFit: (name: string) => boolean };

export type ReadRegistries = {
  /** By normalised host. */
  readonly registries: ReadonlyMap<string, RegistrySettings>;
  /** By normalised `host/path`. */
  readonly prefixAuth: ReadonlyMap<string, RegistryAuth>;
};

/** Reads the section `registries`. Reports invalid parts and omits them. */
export function readRegistries(
  written: Readonly<Record<string, WrittenSettings>>,
  { root, context, isFit }: Section,
): ReadRegistries {
  const registries = new Map<string, RegistrySettings>();
  const prefixAuth = new Map<string, RegistryAuth>();
  const found = new Map<string, RegistrySettings>();
  const section = nodeAt(root, ["registries"]) ?? root;
  for (const [name, settings] of Object.entries(written)) {
    const range = keyRange(section, name) ?? section.range;
    const place = withoutScheme(name, "write HOST, HOST:PORT or HOST/PATH");
    if (isProblem(place)) {
      context.reportAt(range, { message: place.problem, hint: place.hint });
      continue;
    }
    const key = formatPrefix(place);
    const first = found.get(key);
    if (first !== undefined) {
      const related = [{ position: first.position, message: "first here" }];
      context.reportAt(range, { message: `the registry "${key}" occurs twice`, related });
    } else if (isFit(name)) {
      const path = ["registries", name];
      const read = readSettings(settings, { place, path, context });
      found.set(key, read);
      if (place.path === "") registries.set(key, read);
      else if (read.auth !== undefined) prefixAuth.set(key, read.auth);
      if (place.path !== "") refuseOthers(settings, nodeAt(root, path) ?? section, context);
    }
  }
  return { registries, prefixAuth };
}

/** Refuses all keys but `auth` below a path: connections are made per host, only credentials per path. */
function refuseOthers(settings: WrittenSettings, node: Node, context: FileContext): void {
  for (const key of Object.keys(settings).filter((name) => name !== "auth")) {
    context.reportAt(keyRange(node, key) ?? node.range, {
      message: `"${key}" applies to the whole host`,
      hint: "for a part of a registry, HOST/PATH, only auth can be set",
    });
  }
}

function readSettings(
  written: WrittenSettings,
  { place, path, context }: { readonly place: Repository; readonly path: Path; readonly context: FileContext },
): RegistrySettings {
  const { plainHttp, ca, clientCertificate, auth, product, mirrors, reserve } = written;
  const { positionOf } = context;
  const file = (text: string, ...keys: readonly string[]): SettingsFile => ({
    path: text,
    position: positionOf([...path, ...keys]),
  });
  return {
    position: positionOf(path),
    ...defined({
      plainHttp,
      ca: ca === undefined ? undefined : file(ca, "ca"),
      clientCertificate:
        clientCertificate === undefined
          ? undefined
          : {
              certificate: file(clientCertificate.certificate, "clientCertificate", "certificate"),
              key: file(clientCertificate.key, "clientCertificate", "key"),
            },
      auth: auth === undefined ? undefined : readAuth(auth, (text) => file(text, "auth", "keyFile")),
      product,
      reserve: reserve === undefined ? undefined : { pulls: reserve.pulls, wait: reserve.wait === true },
      mirrors: mirrors === undefined ? undefined : readMirrors(mirrors, { place, path: [...path, "mirrors"], context }),
    }),
  };
}

function readMirrors(
  written: readonly string[],
  { place, path, context }: { readonly place: Repository; readonly path: Path; readonly context: FileContext },
): readonly Repository[] {
  return written.flatMap((text, index) => {
    const mirror = withoutScheme(text, "write HOST, HOST:PORT or HOST/PATH");
    if (isProblem(mirror)) {
      context.report([...path, index], { message: mirror.problem, hint: mirror.hint });
      return [];
    }
    if (formatPrefix(mirror) !== place.host) return [mirror];
    context.report([...path, index], { message: `"${text}" is the registry itself, not a mirror of it` });
    return [];
  });
}

function withoutScheme(text: string, hint: string): Repository | ReferenceProblem {
  const scheme = /^[A-Za-z][A-Za-z0-9+.-]*:\/\//.exec(text)?.[0];
  return scheme === undefined ? parsePrefix(text) : { problem: `"${scheme}" does not belong here`, hint };
}
