// Copies one tag between two registries: node sync.ts SOURCE_HOST/REPOSITORY:TAG TARGET_HOST/REPOSITORY
import { apply, type Event, formatReference, ImgsyncError, loadManifest, ManifestError, plan } from "imgsync";

const [source = "", target = ""] = process.argv.slice(2);
const hosts = [source, target].map((reference) => reference.split("/")[0] ?? "");
const local = hosts.filter((host) => host.startsWith("127.0.0.1:"));
const registries = Object.fromEntries(local.map((host) => [host, { plainHttp: true }]));

// docs: begin
const controller = new AbortController();
process.once("SIGTERM", () => controller.abort());

const options = {
  signal: controller.signal,
  environment: process.env,
  settings: { concurrency: 4, registries },
  onEvent: (event: Event) => {
    if (event.type === "change.finished")
      console.log(`${formatReference(event.change.target)}: ${event.result.outcome}`);
    if (event.type === "warning") console.warn(event.message);
  },
};

try {
  const manifest = await loadManifest("images.yaml", { variables: { SOURCE: source, TARGET: target } });
  const planned = await plan(manifest, options);
  for (const change of planned.changes) console.log(`${change.action} ${formatReference(change.target)}`);

  const report = await apply(planned, { ...options, manifest });
  console.log(`${report.outcomes.applied} applied, ${report.transferredBytes} bytes`);
} catch (error) {
  if (error instanceof ManifestError)
    for (const { position, message } of error.diagnostics) console.error(`${position.line}: ${message}`);
  else if (error instanceof ImgsyncError) console.error(`${error.code}: ${error.message}`);
  else throw error;
  process.exitCode = 1;
}
// docs: end
