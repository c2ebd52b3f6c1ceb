const BINARY_UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"] as const;
const DECIMAL_UNITS = ["B", "kB", "MB", "GB", "TB"] as const;

/** `12.4 MiB`. */
export function formatBytes(bytes: number): string {
  let value = Math.max(0, bytes);
  let unit = 0;
  // 1023.95 would be rendered as 1024.0 of the smaller unit
  while (value >= (unit === 0 ? 1024 : 1023.95) && unit < BINARY_UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? Math.round(value) : value.toFixed(1)} ${BINARY_UNITS[unit]}`;
}

/** `32 MiB`: like {@link formatBytes}, for limits, which are round. */
export function formatLimit(bytes: number): string {
  return formatBytes(bytes).replace(".0 ", " ");
}

/** `5.1 TB`, in the decimal units of vendors' limits. Rounds up, so that a size above a limit never looks equal to it. */
export function formatDecimalBytes(bytes: number): string {
  const unit = DECIMAL_UNITS.findLastIndex((_, power) => bytes >= 1000 ** power);
  const size = 1000 ** Math.max(0, unit);
  // in integers, because 1.1 * 10 is more than 11
  return `${Math.ceil((bytes * 10) / size) / 10} ${DECIMAL_UNITS[Math.max(0, unit)]}`;
}
