/**
 * A regsync file in the form of those that a generator writes: an item of type image for each tag and each target. 240 repositories, of which
 * some have their own targets for a few tags, with 7,500 items.
 */
export function largeRegsync(): { readonly text: string; readonly items: number; readonly repositories: number } {
  const lines = [
    "# generated",
    "creds:",
    "- pass: '{{ env \"PASSWORD\" }}'",
    "  registry: docker.io",
    "  user: '{{ env \"USERNAME\" }}'",
    "sync:",
  ];
  const repositories = 240;
  let items = 0;
  const add = (source: string, target: string): void => {
    lines.push(`- source: ${source}`, `  target: ${target}`, "  type: image");
    items += 1;
  };
  for (let at = 0; items < 7500; at += 1) {
    const repository = at % repositories;
    const version = `${1 + Math.floor(at / repositories)}.${repository}.${at % 7}`;
    const hosts = [
      "docker.io/mirror",
      "registry.example.com/mirror",
      ...(repository % 3 === 0 ? ["staging.example.com/mirror"] : []),
    ];
    for (const host of hosts) {
      if (items < 7500)
        add(`org${repository % 40}/app-${repository}:v${version}`, `${host}/org-app-${repository}:v${version}`);
    }
  }
  return { text: `${lines.join("\n")}\n`, items, repositories };
}
