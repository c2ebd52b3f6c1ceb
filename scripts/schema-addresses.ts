/** The entries of a catalog of schemas, as https://www.schemastore.org/json/ lists them. */
type CatalogEntry = {
  readonly name: string;
  readonly description: string;
  readonly fileMatch: readonly string[];
  readonly url: string;
};

/**
 * Returns the address of a schema on the web: its file on the main branch of the repository. `repository` is `repository.url` in package.json,
 * the only place with the project's address: the `$id` of each schema, the line that `imgsync init` writes and the catalog are made from it.
 *
 * @throws Error if it is not a repository on GitHub
 */
export function schemaAddress(repository: string, file: string): string {
  const path = /^git\+https:\/\/github\.com\/([\w.-]+\/[\w.-]+)\.git$/.exec(repository)?.[1];
  if (path === undefined)
    throw new Error(`package.json: repository.url is not a repository on GitHub: "${repository}"`);
  return `https://raw.githubusercontent.com/${path}/main/schemas/${file}`;
}

/** Returns the text of a schema with another `$id`. The rest of the text stays as it is. */
export function withId(text: string, id: string): string {
  const changed = text.replace(/^ {2}"\$id": ".*",$/m, () => `  "$id": ${JSON.stringify(id)},`);
  if (JSON.parse(changed).$id !== id) throw new Error('the schema has no line "$id"');
  return changed;
}

/**
 * Returns the entries for the catalog of SchemaStore. Editors apply them by file name, so images.yaml is not in it: files of other programs have
 * this name too. The line that `imgsync init` writes covers it.
 */
export function catalogEntries(addressOf: (name: string) => string): readonly CatalogEntry[] {
  const names = (...stems: readonly string[]): readonly string[] =>
    stems.flatMap((stem) => [`${stem}.yaml`, `${stem}.yml`]);
  return [
    {
      name: "imgsync images",
      description: "Container image tags that imgsync keeps in sync: sources, targets and tags",
      fileMatch: names("imgsync", "*.imgsync"),
      url: addressOf("images"),
    },
    {
      name: "imgsync configuration",
      description: "Settings of imgsync for a user or a machine",
      fileMatch: [".imgsyncrc", ".imgsyncrc.json", "imgsync.config.json", ...names(".imgsyncrc", "imgsync.config")],
      url: addressOf("config"),
    },
    {
      name: "imgsync lock file",
      description: "Digests of source tags, written by imgsync lock",
      fileMatch: ["images.lock.yaml", "*.images.lock.yaml"],
      url: addressOf("lock"),
    },
  ];
}
