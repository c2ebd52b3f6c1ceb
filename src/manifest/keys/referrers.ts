import { isLayout } from "../../model/layout-name.ts";
import { isProblem, parseReference, type Repository } from "../../model/reference.ts";
import { defined } from "../../model/defined.ts";
import type { Key, KeyPlace } from "./key.ts";
import { TEXT } from "./text.ts";

/** Whether signatures, SBOMs and other referrers are copied too, and where they are. Default: yes, also for images in place. */
export const referrers: Key<"referrers"> = {
  name: "referrers",
  text: { keys: { source: TEXT, target: TEXT } },
  read: (written = true, place) => {
    if (typeof written !== "object") return { referrers: written };
    const source = written.source === undefined ? undefined : readRepository(written.source, "source", place);
    const target = written.target === undefined ? undefined : readRepository(written.target, "target", place);
    return { referrers: true, referrersAt: defined({ source, target }) };
  },
};

function readRepository(text: string, key: string, { report }: KeyPlace): Repository | undefined {
  const reference = parseReference(text);
  const hint = "write HOST/REPOSITORY";
  if (isProblem(reference)) {
    report({ hint, ...reference, message: reference.problem }, key);
    return undefined;
  }
  const { repository, tag, digest } = reference;
  if (tag !== undefined || digest !== undefined)
    report({ message: `"${tag ?? digest}" does not belong here: tags of signatures are made of digests`, hint }, key);
  if (isLayout(repository)) report({ message: "an OCI layout has its signatures with its images", hint }, key);
  return repository;
}
