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
  const pairs = Array.from({ length: 4000 }, (_, at) => {
    const repository = at % repositories;
    const version = `${1 + Math.floor(at / repositories)}.${repository}.${at % 7}`;
    const staging = repository % 3 === 0 ? ["staging.example.com/mirror"] : [];
    return ["docker.io/mirror", "registry.example.com/mirror", ...staging].map((host) => ({
      source: `org${repository % 40}/app-${repository}:v${version}`,
      target: `${host}/org-app-${repository}:v${version}`,
    }));
  });
  const items = pairs.flat().slice(0, 7500);
  for (const { source, target } of items) {
    lines.push(`- source: ${source}`, `  target: ${target}`, "  type: image");
  }
  return { text: `${lines.join("\n")}\n`, items: items.length, repositories };
}
