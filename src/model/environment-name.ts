/**
 * Encodes a host as the suffix of a variable name: upper case, with `.` as `_`, `-` as `__` and `:` as `___`. The encoding is unambiguous:
 * with one character for all three, an untrusted `registry-example.com` would get the password of `registry.example.com`. Returns an empty
 * string for hosts that cannot be encoded, such as IPv6 addresses.
 */
export function environmentName(host: string): string {
  if (!/^[a-z0-9]+(?:(?:-+|\.)[a-z0-9]+)*(?::[0-9]+)?$/.test(host)) return "";
  return host.toUpperCase().replaceAll("-", "__").replaceAll(".", "_").replaceAll(":", "___");
}

/** Returns the host that {@link environmentName} encodes as this suffix, or undefined if there is none. */
export function hostOfEnvironmentName(suffix: string): string | undefined {
  const host = suffix.toLowerCase().replaceAll(/_+/g, ({ length }) => {
    if (length === 1) return ".";
    return length === 3 ? ":" : "-".repeat(length / 2);
  });
  return host !== "" && environmentName(host) === suffix ? host : undefined;
}
