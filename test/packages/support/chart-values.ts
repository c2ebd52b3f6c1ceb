/** The values of `mode`. */
export const CHART_MODES = ["watch", "cron", "job"] as const;
/** The values that users set, so that every part of the templates is used. */
export const CHART_VALUES = [
  ["manifest", "version: 1\nimages: [{ source: docker.io/library/a:1, target: registry.example.com/b }]\n"],
  ["credentialsSecret", "registries"],
  ["watch.schedule", "0 3 * * *"],
  ["watch.service", "true"],
  ["watch.allowHosts[0]", "status.example.com"],
  ["imagePullSecrets[0].name", "pull"],
  ["nodeSelector.disk", "fast"],
  ["tolerations[0].operator", "Exists"],
  ["podAnnotations.a", "b"],
  ["podLabels.team", "web"],
  ["serviceAccount.name", "mirror"],
  ["extraEnv[0].name", "NO_COLOR"],
] as const;

/** Returns helm's flags that set the values. All of them are text, except `true`. */
export function chartFlags(values: readonly (readonly [string, string])[]): readonly string[] {
  return values.flatMap(([name, value]) => [value === "true" ? "--set" : "--set-string", `${name}=${escape(value)}`]);
}

/** helm separates values by commas. */
function escape(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll(",", "\\,");
}
