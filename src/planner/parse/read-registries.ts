import { isProblem, parseHost } from "../../model/reference.ts";
import type { RegistryAuth, RegistrySettings } from "../../model/sync-manifest.ts";
import type {
  RegistryAuth as WrittenAuth,
  RegistrySettings as WrittenSettings,
} from "../../schema/generated/images.ts";
import type { FileContext } from "./file-context.ts";
import { keyRange, type Node, nodeAt, type Path } from "./nodes.ts";

/** The section `registries`, by normalised host. What is wrong is reported and left out. */
export function readRegistries(
  written: Readonly<Record<string, WrittenSettings>>,
  { root, context, isFit }: { root: Node; context: FileContext; isFit: (host: string) => boolean },
): ReadonlyMap<string, RegistrySettings> {
  const registries = new Map<string, RegistrySettings>();
  const section = nodeAt(root, ["registries"]) ?? root;
  for (const [name, settings] of Object.entries(written)) {
    const range = keyRange(section, name) ?? section.range;
    const scheme = /^[A-Za-z][A-Za-z0-9+.-]*:\/\//.exec(name)?.[0];
    const host =
      scheme === undefined
        ? parseHost(name)
        : { problem: `"${scheme}" does not belong here`, hint: "write HOST or HOST:PORT" };
    if (isProblem(host)) {
      context.reportAt(range, { message: host.problem, hint: host.hint });
      continue;
    }
    const first = registries.get(host);
    if (first !== undefined) {
      const related = [{ position: first.position, message: "first here" }];
      context.reportAt(range, { message: `the registry "${host}" is there twice`, related });
    } else if (isFit(name)) {
      registries.set(host, readSettings(settings, ["registries", name], context));
    }
  }
  return registries;
}

function readSettings(written: WrittenSettings, path: Path, { positionOf }: FileContext): RegistrySettings {
  const { plainHttp, ca, clientCertificate, auth } = written;
  const file = (text: string, ...keys: readonly string[]) => ({ path: text, position: positionOf([...path, ...keys]) });
  return {
    position: positionOf(path),
    ...(plainHttp === undefined ? {} : { plainHttp }),
    ...(ca === undefined ? {} : { ca: file(ca, "ca") }),
    ...(clientCertificate === undefined
      ? {}
      : {
          clientCertificate: {
            certificate: file(clientCertificate.certificate, "clientCertificate", "certificate"),
            key: file(clientCertificate.key, "clientCertificate", "key"),
          },
        }),
    ...(auth === undefined ? {} : { auth: readAuth(auth) }),
  };
}

function readAuth(written: WrittenAuth): RegistryAuth {
  if ("anonymous" in written) return { kind: "anonymous" };
  if ("helper" in written) return { kind: "helper", name: written.helper };
  return { kind: "gcloud", ...(written.impersonate === undefined ? {} : { impersonate: written.impersonate }) };
}
