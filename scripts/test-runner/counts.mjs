/** Reads the counts at the end of a TAP report of node:test. */
export function countTap(text) {
  const read = (name) => Number(new RegExp(`^# ${name} (\\d+)$`, "m").exec(text)?.[1] ?? 0);
  return { passed: read("pass"), failed: read("fail") + read("cancelled"), skipped: read("skipped") + read("todo") };
}

/**
 * Deno's JUnit report lists groups and tests alike, so only leaves are counted. It counts tests that call `t.skip()` as passed and omits
 * files that fail to load: the former are taken from the skip log, the latter from the output.
 */
export function countJunit(text, { output, skips }) {
  const cases = [...text.matchAll(/<testcase name="([^"]*)"[^>]*>([\s\S]*?)<\/testcase>/g)].map(([, name, body]) => ({
    name,
    isFailed: body.includes("<failure"),
    isSkipped: body.includes("<skipped"),
  }));
  const groups = new Set(cases.flatMap(({ name }) => ancestors(name)));
  const leaves = cases.filter(({ name }) => !groups.has(name));
  const unloaded = [...output.matchAll(/^Uncaught error from /gm)].length;
  const failed = leaves.filter(({ isFailed }) => isFailed).length + unloaded;
  const ignored = leaves.filter(({ isFailed, isSkipped }) => isSkipped && !isFailed).length;
  const passed = Math.max(0, leaves.length - failed + unloaded - ignored - skips);
  return { passed, failed, skipped: ignored + skips };
}

function ancestors(name) {
  const parts = name.split(" &gt; ");
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join(" &gt; "));
}
