// Plans and applies a manifest that copies one tag between two registries:
//   node sync.ts SOURCE_HOST/REPOSITORY:TAG TARGET_HOST/REPOSITORY
import { apply, formatReference, ImgsyncError, loadManifest, ManifestError, plan, type Event } from "imgsync";

const [source = "", target = ""] = process.argv.slice(2);

// docs: begin
const controller = new AbortController();
process.once("SIGTERM", () => controller.abort());

const options = {
  signal: controller.signal,
  environment: process.env,
  settings: { concurrency: 4 },
  onEvent: (event: Event) => {
    if (event.type === "change.finished")
      console.log(`${formatReference(event.change.target)}: ${event.result.outcome}`);
    if (event.type === "warning") console.warn(event.message);
  },
};

try {
  const manifest = await loadManifest("images.yaml", { variables: { SOURCE: source, TARGET: target } });
  const changes = await plan(manifest, options);
  for (const { action, target } of changes.changes) console.log(`${action} ${formatReference(target)}`);

  const report = await apply(changes, { ...options, manifest });
  console.log(`${report.outcomes.applied} applied, ${report.transferredBytes} bytes`);
} catch (error) {
  if (error instanceof ManifestError)
    for (const { position, message } of error.diagnostics) console.error(`${position.line}: ${message}`);
  else if (error instanceof ImgsyncError) console.error(`${error.code}: ${error.message}`);
  else throw error;
  process.exitCode = 1;
}
// docs: end
